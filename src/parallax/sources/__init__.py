"""Sources: what a client can ask, its own tables and the vendors that are connected."""
