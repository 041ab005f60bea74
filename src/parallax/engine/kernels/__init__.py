"""Loops that NumPy has no words for, compiled by Numba: the one import of it. They hold no lock while they run.

What is compiled is kept on disk, beside these files where they may be written, else in the user's cache folder.
"""
