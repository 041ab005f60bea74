"""What a request asks to be run: found by its text or a name for it, held against the limits, added up, kept."""
