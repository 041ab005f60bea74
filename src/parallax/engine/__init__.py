"""Blocks: what is kept beside the rows so that questions need not read them."""
