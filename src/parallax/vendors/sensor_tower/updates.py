"""What changed on an app's page, and its versions: two endpoints with one member of two shapes. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from parallax.vendors.pieces import RECENT
from parallax.vendors.sensor_tower.of_apps import OfApps
from parallax.vendors.sensor_tower.stores import instant_of, text

NAMED: Final = ("after", "version_name", "name")
"""Members that name a version, the surest first."""


def updates(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A list of pairs: {at, changes}, newest first."""
    told = [
        {"at": instant_of(at).isoformat(), "changes": [_change(kind, value) for kind, value in changes.items()]}
        for at, changes in body["update_data"]
    ]
    return sorted(told, key=_at, reverse=True)


def _change(kind: str, value: Any) -> dict[str, Any]:
    """The shape of a value is not sure: what has no before and after is what it became."""
    if isinstance(value, dict) and value.keys() <= {"before", "after"}:
        return {"kind": kind, "before": value.get("before"), "after": value.get("after")}
    return {"kind": kind, "before": None, "after": value}


def versions(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """An object by date: {at, version, previous, notes}, newest first. All of an entry may be missing."""
    told = [
        {
            "at": instant_of(at).isoformat(),
            "version": next((found for name in NAMED if (found := text(entry.get(name)))), None),
            "previous": text(entry.get("before")),
            "notes": text(entry.get("version_summary")),
        }
        for at, entry in body["update_data"].items()
    ]
    return sorted(told, key=_at, reverse=True)


def _at(entry: Mapping[str, Any]) -> str:
    return str(entry["at"])


UPDATES: Final = OfApps(
    "sensor_tower.get_app_update_history", "app_update/get_app_update_history", updates, kept=RECENT
)
VERSIONS: Final = OfApps("sensor_tower.version_history", "apps/version_history", versions, kept=RECENT)
