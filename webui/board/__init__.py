"""The public board of the hall, seen from five metres away, and the daily bulletin behind it."""
