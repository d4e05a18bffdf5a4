"""The demonstration: a county that doesn't exist, with items in full and cases in every status."""
