"""`/try`: every channel tried on one page, with stand-ins for the providers; in the demonstration alone."""
