"""Links: which objects of which vendors an app is."""
