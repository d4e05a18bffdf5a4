"""Other systems: their keys, what they were answered, the events they follow, and where events are sent."""
