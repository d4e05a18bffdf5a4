"""A busy day of a county squeezed into minutes: what the whole program does when everybody comes at once."""
