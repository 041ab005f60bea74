"""What vendors know, as the graph shows it."""
