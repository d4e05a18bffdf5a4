"""The schema, step by step; written by `python -m tortoise makemigrations` and never changed once released."""
