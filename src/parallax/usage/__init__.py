"""App usage: reports per user, app and day, and the App Activity series over them."""
