"""Example data: made up, the same for the same day wherever it is made."""
