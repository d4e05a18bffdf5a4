"""The staff console: every page of the hall desk, behind a signing in, with a table of who may see what."""
