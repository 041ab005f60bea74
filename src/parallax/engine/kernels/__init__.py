"""Loops over rows that NumPy has no words for, compiled; what calls them imports them when it is first asked."""
