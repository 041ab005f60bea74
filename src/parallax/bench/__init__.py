"""Measurements: each prints ratios of one run, beside the goals that the project has set for itself."""
