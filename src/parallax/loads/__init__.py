"""Files of rows, on their way into a client's data."""
