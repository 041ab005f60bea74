"""A file per question: pure functions from what was read to numbers."""
