"""Who uses a store's app, by gender and age (contract 8.2)."""

from collections.abc import Mapping
from typing import Any, Final

from parallax.vendors.sensor_tower.quarterly import ByQuarter
from parallax.vendors.sensor_tower.stores import number

GENDERS: Final = ("female", "male")
AGES: Final = {0: "0-17", 18: "18-24", 25: "25-34", 35: "35-44", 45: "45-54", 55: "55+"}
"""By the age at which the vendor's names say that a band begins. Below 18 there are figures of all apps alone."""
BANDS: Final = tuple(f"{gender}_{age}" for gender in GENDERS for age in AGES)


def _shares(told: Mapping[str, Any]) -> dict[str, float | None]:
    return {band: number(told[band]) for band in BANDS if band in told}


def _read(row: Mapping[str, Any]) -> dict[str, Any]:
    # The vendor's schema and its examples call it differently.
    told = row.get("normalized_demographics") or row["grouped_normalized_demographics"]
    return {
        "shares": _shares(told),
        "female": number(row.get("female")),
        "male": number(row.get("male")),
        "age": number(row.get("average_age_total")),
    }


DEMOGRAPHICS: Final = ByQuarter("demographics", _read, _shares)
"""`shares` and `baseline` by band as in BANDS, ratios; `age` in years."""
