"""Who came back, and who stayed away: retention, lifecycle, segments."""
