"""Apps hosted by Kaon, as Kaon Insights counts their use."""
