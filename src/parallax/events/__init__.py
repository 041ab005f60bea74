"""Events, logs, sessions and users: how they come in, and how they are shown."""
