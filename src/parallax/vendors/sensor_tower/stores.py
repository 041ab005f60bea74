"""How Sensor Tower writes stores, ids, dates and numbers. Pure."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, Final

from parallax.errors import InvalidParameter
from parallax.links.keys import Store

OS: Final = {Store.UNIFIED: "unified", Store.IOS: "ios", Store.ANDROID: "android"}
"""In paths."""
STORES: Final = (Store.IOS, Store.ANDROID)
"""Those in which something is sold, and of which alone listings, ranks, retention and updates exist."""
MOST_APPS: Final = 100
"""Of one call, where the contract says nothing else."""
MOST_USAGE_APPS: Final = 500
MOST_AD_APPS: Final = 5
WORLD: Final = "WW"
HOME: Final = "US"
"""The country of which the vendor speaks unless it is told another."""


def id_text(value: Any) -> str:
    """An id as we hold it: iOS ids are numbers in answers and text in questions. Raises TypeError."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError("an id is a number or a text")
    return str(value)


def text(value: Any) -> str | None:
    """None for null, what is missing and what is empty. Raises TypeError."""
    return None if value is None or value == "" else id_text(value)


def joined(values: Iterable[str]) -> str:
    """A list in one parameter. Publishers have another form: see `publishers`."""
    return ",".join(values)


def publishers(keys: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Ids of publishers may hold commas: each stands in a parameter of its own."""
    return tuple(("publisher_ids[]", key) for key in keys)


def day_of(text: str) -> date:
    """`2026-02-01`, `2026-02-01T00:00:00Z` or `2026-02-01 00:00:00 UTC`: days are labelled at midnight UTC."""
    return date.fromisoformat(text[:10])


def day_of_second(second: Any) -> date:
    """Of a Unix time, which need not be midnight."""
    return datetime.fromtimestamp(int(second), UTC).date()


def instant_of(text: str) -> datetime:
    """Of a date, or a date and time in any of the vendor's forms; without a zone it is UTC."""
    plain = text.strip().removesuffix("UTC").removesuffix("Z").rstrip().replace(" ", "T", 1)
    told = datetime.fromisoformat(plain)
    return told if told.tzinfo is not None else told.replace(tzinfo=UTC)


def number(value: Any) -> float | None:
    """A number that may be written as text; None for null and for what is missing. Raises ValueError, TypeError."""
    if value is None:
        return None
    if isinstance(value, bool):
        raise TypeError("a number is no truth value")
    return float(value)


def numbers(values: Any) -> list[float | None]:
    """Raises ValueError, TypeError."""
    if not isinstance(values, list):
        raise TypeError("numbers stand in a list")
    return [number(value) for value in values]


def known_store(store: Store, argument: str = "store") -> Store:
    """Raises InvalidParameter for what is no store in which things are sold."""
    if store not in STORES:
        raise InvalidParameter(argument, store.name, "must be one store", [each.name for each in STORES])
    return store
