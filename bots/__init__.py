"""How words travel by chat."""
