"""Notifications: what a case event has to tell reaches the citizen, once, and provably."""
