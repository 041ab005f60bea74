"""Users: which ids are one and the same, what is said of them, and how they are forgotten."""
