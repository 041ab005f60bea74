"""Clients: the organisations whose numbers these are, and the tokens that open them."""
