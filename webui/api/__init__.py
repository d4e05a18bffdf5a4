"""The JSON API: one table of operations, from which addresses, checks and the OpenAPI description are made."""
