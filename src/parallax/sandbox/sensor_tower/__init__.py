"""A fake of Sensor Tower's App Intelligence API v1."""
