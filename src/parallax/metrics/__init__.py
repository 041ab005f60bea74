"""One shape for every series, whatever its source, and the catalogue of what can be asked."""
