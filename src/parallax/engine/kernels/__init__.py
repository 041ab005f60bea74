"""Loops that NumPy has no word for, compiled. They hold no lock: others run beside them."""
