"""What changed on an app's page, and its versions."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from parallax.sandbox.products import Product
from parallax.sandbox.seeded import chosen, number
from parallax.sandbox.sensor_tower.asking import Asking
from parallax.sandbox.sensor_tower.given import Given, refuse
from parallax.sandbox.sensor_tower.market import Asset, asset
from parallax.sandbox.sensor_tower.store import RELEASE_EVERY, headed, note_at, released, version_at

OTHER_KINDS: Final = ("screenshot", "description", "price", "file_size", "icon", "keyword", "supported_language")


def get_app_update_history(given: Given, asking: Asking) -> Any:
    """A list of [date, changes], of the last `date_limit` days, newest first."""
    app = _app(given)
    limit = given.whole("date_limit", 10)
    given.end()
    since = asking.today - timedelta(days=limit)
    days = [day for day in _releases(app.product, asking.today) if day >= since]
    return headed(app) | {"update_data": [[_written(day), _changes(app.product, day)] for day in days]}


def version_history(given: Given, asking: Asking) -> Any:
    """An object by date, newest first."""
    app = _app(given)
    given.end()
    product = app.product
    entries: dict[str, dict[str, Any]] = {}
    for day in _releases(product, asking.today):
        entry = {"before": version_at(product, day - timedelta(days=1)), "after": version_at(product, day)}
        if number(3, product.unified, day):
            entry |= {"version_name": entry["after"], "version_summary": note_at(product, day)}
        entries[_written(day)] = entry
    return headed(app) | {"update_data": entries}


def _app(given: Given) -> Asset:
    key = given.id("app_id")
    given.country()
    return asset(given.os, key) or refuse("Invalid value for parameter: app_id", "app_id")


def _releases(product: Product, today: date) -> Iterator[date]:
    """But the very first, newest first."""
    day = released(product, today)
    while day > product.since:
        yield day
        day -= timedelta(days=RELEASE_EVERY)


def _written(day: date) -> str:
    return f"{day} 00:00:00 UTC" if day.toordinal() % 2 else f"{day}T00:00:00Z"


def _changes(product: Product, day: date) -> dict[str, Any]:
    before = day - timedelta(days=1)
    changes: dict[str, Any] = {
        "version": {"before": version_at(product, before), "after": version_at(product, day)},
        "summary": {"before": note_at(product, released(product, before)), "after": note_at(product, day)},
    }
    if number(2, product.unified, day, "other"):
        changes[chosen(OTHER_KINDS, product.unified, day, "kind")] = {"before": None, "after": ["new"]}
    return changes
