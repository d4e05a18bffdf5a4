"""The touch pages in the hall: one thing a screen, nothing personal left behind, slips printed."""
