"""The countries of ISO 3166: the vendor's own list stands behind its login."""

from functools import cache
from importlib.resources import files


@cache
def countries() -> dict[str, str]:
    """Names in English by two-letter code, as the time zone database has them."""
    text = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {row[0]: row[1] for row in rows}
