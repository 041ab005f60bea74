"""What Sensor Tower knows, as the graph shows it."""
