"""Parallax: one graph over your own Postgres and your vendors."""
