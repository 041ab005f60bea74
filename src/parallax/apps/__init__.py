"""Apps: a client's products."""
