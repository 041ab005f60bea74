"""Sensor Tower: market estimates for mobile apps. A file per family of endpoints; what they share is in vendor, stores
and terms."""
