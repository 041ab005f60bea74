"""Funnels: how far users get on a way of several steps."""
