"""Stand-ins for providers on this machine: they answer as the real ones are documented to, and misbehave on order."""
