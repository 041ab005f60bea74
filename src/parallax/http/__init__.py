"""One request: authenticate, find the stored operation, limits, execute, encode; and the explorer's page."""
