"""The running program: builds everything from the settings, starts and stops it, and gives it a command line."""
