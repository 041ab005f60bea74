"""What Kaon measured: devices, engagements and hits of a week, as far as it has come. Pure."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote

from parallax.sandbox.levels import people
from parallax.sandbox.products import Product
from parallax.sandbox.seeded import chosen, fraction, hexed, number, wobble
from parallax.sandbox.spans import days

MOST_DEVICES: Final = 400
WEB: Final = 0.3
"""The share of browsers: they forget their uid from one week to the next."""
DURATIONS: Final = (0.18, 0.2, 0.24, 0.16, 0.11, 0.06, 0.04, 0.01)
"""Shares of the buckets 0 to 7."""
LANGUAGES: Final = {
    "en": 0.42, "gb": 0.12, "de": 0.1, "ca": 0.06, "bz": 0.08, "pt": 0.05, "zh": 0.04, "zt": 0.03,
    "no": 0.05, "sv": 0.03, "fr": 0.02,
}  # fmt: skip
ITEMS: Final = (
    "home", "products/pump a/overview", "products/pump a/video", "products/valve & seal/overview", "products/50% off",
    "stories/größer denken", "support/contact", "tour/start",
)  # fmt: skip
CLICKS: Final = 120
CROWDED: Final = 40
"""So many records of `crm-5599` came in one second: more than a page."""


def _uses(product: Product, first: date, last: date) -> float:
    """Persons and days: what is counted rises through the week."""
    return sum(people(product, day) for day in days(first, last))


def engagements(product: Product, week: int, first: date, last: date) -> int:
    return round(1.4 * _uses(product, first, last) * wobble(0.08, product.kaon, "engagements", week))


def durations(product: Product, week: int, first: date, last: date) -> dict[int, int]:
    """Counts by code of bucket; some are 0."""
    count = engagements(product, week, first, last)
    return {
        code: round(count * share * wobble(0.2, product.kaon, "duration", week, code))
        for code, share in enumerate(DURATIONS)
    }


@lru_cache(maxsize=512)
def uids(product: Product, week: int, first: date, last: date) -> tuple[str, ...]:
    devices = min(MOST_DEVICES, round(product.users * 1.2))
    chance = min(0.95, _uses(product, first, last) / max(1, product.users) / 2.5)
    seen = (n for n in range(devices) if fraction(product.kaon, "seen", week, n) < chance)
    return tuple("0x" + hexed(16, product.kaon, "uid", n, *([week] if _is_browser(product, n) else [])) for n in seen)


def _is_browser(product: Product, device: int) -> bool:
    return fraction(product.kaon, "browser", device) < WEB


def split(product: Product, kind: str, week: int, first: date, last: date) -> dict[str, int]:
    """Engagements by country or language."""
    count = engagements(product, week, first, last)
    shares = product.countries if kind == "country" else LANGUAGES
    counts = {
        code: round(count * share * wobble(0.1, product.kaon, week, code)) for code, share in sorted(shares.items())
    }
    return {code: each for code, each in counts.items() if each}


def hits(product: Product, item: str, week: int, first: date, last: date) -> int:
    popular = 0.1 + fraction(product.kaon, item)
    return round(_uses(product, first, last) * popular * wobble(0.2, product.kaon, item, week))


def hits_by_country(product: Product, path: str, week: int, count: int) -> dict[str, int]:
    """Approximations: they do not add up to the count."""
    counts = {
        code: round(count * share * wobble(0.3, product.kaon, path, week, code))
        for code, share in sorted(product.countries.items())
    }
    counts = {code: each for code, each in counts.items() if each}
    if counts and sum(counts.values()) == count:
        counts[next(iter(counts))] += 1
    return counts


def clickstream(product: Product, person: str, now: datetime) -> list[dict[str, Any]]:
    """Of persons `crm-…`, from the beginning of 2025 on; nobody has ever seen others."""
    if not person.startswith("crm-") or not product.users:
        return []
    begin = datetime(2025, 1, 1, 8, tzinfo=now.tzinfo) + timedelta(days=number(60, product.kaon, person))
    at = int(begin.timestamp())
    records: list[dict[str, Any]] = []
    for n in range(CLICKS):
        # Several come in the same second.
        at += number(1_700_000, product.kaon, person, n) if n % 4 == 0 else number(2, product.kaon, person, n) * 40
        if person == "crm-5599" and 20 < n < 20 + CROWDED:
            at = records[20]["timestamp"]
        item = chosen(ITEMS, product.kaon, person, n, "item")
        records.append({"timestamp": at, "path": quote(item)})
    return [record for record in records if record["timestamp"] <= now.timestamp()]
