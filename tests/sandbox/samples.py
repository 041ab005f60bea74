"""The samples of Sensor Tower's contract, each with what has to be asked for one like it."""

import json
from pathlib import Path
from typing import Any

from tests.sandbox.asking import ACME

UNIFIED, IOS, ANDROID, COHORT = ACME.unified, str(ACME.ios[0]), ACME.android[0], ACME.cohort
MONTHS = {"start_date": "2026-01-01", "end_date": "2026-02-28"}
DAY = {"start_date": "2026-02-02", "end_date": "2026-02-02"}
PANEL = {"selection_cohort_ids": COHORT}

SAMPLES: dict[str, tuple[dict[str, str], Any]] = {
    path: (held["parameters"], held["sample"])
    for path, held in json.loads((Path(__file__).parent / "samples.json").read_text()).items()
}
