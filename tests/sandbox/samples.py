"""The samples of the contracts, each with what has to be asked for one like it."""

import json
from pathlib import Path
from typing import Any

from tests.sandbox.asking import ACME

UNIFIED, IOS, ANDROID, COHORT = ACME.unified, str(ACME.ios[0]), ACME.android[0], ACME.cohort
MONTHS = {"start_date": "2026-01-01", "end_date": "2026-02-28"}
DAY = {"start_date": "2026-02-02", "end_date": "2026-02-02"}
PANEL = {"selection_cohort_ids": COHORT}

_HELD = json.loads((Path(__file__).parent / "samples.json").read_text())


def _pairs(name: str) -> dict[str, tuple[dict[str, Any], Any]]:
    return {path: (held["parameters"], held["sample"]) for path, held in _HELD[name].items()}


SENSOR_TOWER = _pairs("sensor_tower")
KAON = _pairs("kaon")
KORE_AI: Any = _HELD["kore_ai"]
