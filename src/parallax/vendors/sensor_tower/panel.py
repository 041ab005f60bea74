"""What Sensor Tower's panel of Android devices tells of the users of an app (contract 11).

A piece is one cohort in one bucket: `shared` are the call's own parameters but its dates, `of` is the cohort, `bucket` the
first day of a day, week or month; time of day has none.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Any, Final

from parallax.errors import InvalidParameter
from parallax.metrics.catalog import SourceSystem
from parallax.periods import Granularity, bucket_number, bucket_start
from parallax.vendors.pieces import SETTLED, STATIC, Life, Malformed, Piece, Planned, Request, covers
from parallax.vendors.sensor_tower.stores import day_of, id_text, joined, number, numbers, text

PATH: Final = "/v1/android/consumer_intel/"
MOST_COHORTS: Final = 5
REVISED_FOR: Final = timedelta(days=60)
WIDTHS: Final = {"daily": Granularity.DAY, "weekly": Granularity.WEEK, "monthly": Granularity.MONTH}
NAMES: Final = {width: name for name, width in WIDTHS.items()}
COHORT: Final = re.compile("cohort_[0-9a-f]{24}")
LONGEST_SHOWN: Final = 60
FIRST_DAY: Final = date(2020, 3, 30)
FIRST_DAY_OF_CHURN: Final = date(2020, 5, 1)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Analysis:
    """`rows` is the member of an entry that lists its buckets; None: there are none, and the entry itself is read."""

    what: str
    since: date
    widths: tuple[Granularity, ...]
    rows: str | None
    read: Callable[[Row], Any]
    system: SourceSystem = SourceSystem.SENSOR_TOWER
    leads_on: bool = False

    @property
    def name(self) -> str:
        return f"sensor_tower.{self.what}"

    @property
    def path(self) -> str:
        return PATH + self.what

    def pieces(
        self, cohort: str, width: Granularity | None, buckets: Sequence[date | None], **more: str | None
    ) -> list[Piece]:
        """`more` are parameters of the call, those that are None left out; `width` None: over all time."""
        told = {"granularity": NAMES[width] if width else "all_time", **more}
        shared = tuple(sorted((name, value) for name, value in told.items() if value is not None))
        return [Piece(self.name, shared, (cohort,), bucket) for bucket in buckets]

    def planned(self, pieces: Sequence[Piece]) -> list[Planned]:
        calls = []
        for cover in covers(pieces, (MOST_COHORTS,), lambda _: 15_000, _next):
            parameters = {"selection_cohort_ids": joined(cover.lists[0]), **cover.shared}
            if cover.buckets:
                last = _next(cover.buckets[-1], cover.shared) - timedelta(days=1)
                parameters = {"start_date": str(cover.buckets[0]), "end_date": str(last), **parameters}
            calls.append(Planned(Request(self.path, tuple(parameters.items())), cover.pieces))
        return calls

    def parts(self, asked: Planned, body: Any) -> dict[Piece, Any]:
        found: dict[tuple[str, date | None], Any] = {}
        for entry in body["data"]:
            cohort = entry["selection_cohort_id"]
            if self.rows is None:
                found[cohort, None] = self.read(entry)
            else:
                found |= {(cohort, day_of(row["date"])): self.read(row) for row in entry[self.rows]}
        return {piece: found[place] for piece in asked.pieces if (place := (piece.of[0], piece.bucket)) in found}

    @property
    def cohorts(self) -> "Cohorts":
        """The list of those that it is told of."""
        return Cohorts(self)

    def life(self, piece: Piece, today: date) -> Life:
        """Cohorts that are looked at up to a day change with that day's side of them."""
        until = dict(piece.shared).get("end_date")
        last = piece.bucket if until is None else date.fromisoformat(until)
        return SETTLED if last is not None and last + REVISED_FOR < today else STATIC


def _next(bucket: date, shared: Mapping[str, str]) -> date:
    width = WIDTHS[shared["granularity"]]
    return date.fromordinal(bucket_start(bucket_number(bucket, width) + 1, width))


def _churn(row: Row) -> dict[str, float | None]:
    return {part: number(row[f"{part}_users_ratio"]) for part in ("new", "resurrected", "retained", "churned")}


def _retention(row: Row) -> list[float | None]:
    return numbers(row["retention"])


def _sessions(row: Row) -> dict[str, float | None]:
    return {name: number(row[name]) for name in ("avg_time_spent", "avg_session_count")} | {
        "pct_dau_growth": number(row.get("pct_dau_growth"))
    }


def _days_used(row: Row) -> dict[str, Any]:
    return {"shares": numbers(row["days_used_histogram"]), "days": int(row["total_days"])}


def _hours(entry: Row) -> list[float]:
    hours = [hour for hour in numbers(entry["time_spent_hourly"]) if hour is not None]
    if len(hours) != 24:
        raise Malformed("a day has not 24 hours")
    return hours


DAY, WEEK, MONTH = Granularity.DAY, Granularity.WEEK, Granularity.MONTH
CHURN: Final = Analysis("churn_analysis", FIRST_DAY_OF_CHURN, (MONTH,), "active_user_breakdown", _churn)
"""Ratios by name of the part, null in a gap."""
RETENTION: Final = Analysis("cohort_retention", FIRST_DAY, (WEEK, MONTH), "cohort_retention", _retention)
"""Ratios by bucket after the cohort's own, which is the first. The pieces have the `end_date` up to which is looked."""
ENGAGEMENT: Final = Analysis("engagement_insights", FIRST_DAY, (DAY, WEEK), "session_metrics", _sessions)
CROSS_APP: Final = Analysis("cohort_engagement", FIRST_DAY, (WEEK,), "session_metrics", _sessions)
"""As ENGAGEMENT, of the users of the cohort in `filter_cohort_id`; with `pct_dau_growth`."""
POWER_USERS: Final = Analysis("power_user_curve", FIRST_DAY, (MONTH,), "power_user_curve", _days_used)
"""`shares` of users by days on which they were active, from one on; `days` of the month."""
TIME_OF_DAY: Final = Analysis("time_of_day", FIRST_DAY, (), None, _hours)
"""24 figures from midnight on."""


@dataclass(frozen=True, slots=True)
class Cohorts:
    """Those that an analysis is of. A part is a list of {"id", "name", "kind"}."""

    of: Analysis
    system: SourceSystem = SourceSystem.SENSOR_TOWER
    leads_on: bool = True

    @property
    def name(self) -> str:
        return f"{self.of.name}.cohorts"

    @property
    def path(self) -> str:
        return f"{self.of.path}/cohorts"

    def piece(self) -> Piece:
        return Piece(self.name, ())

    def planned(self, pieces: Sequence[Piece]) -> list[Planned]:
        return [Planned(Request(self.path), tuple(pieces))]

    def parts(self, asked: Planned, body: Any) -> dict[Piece, Any]:
        listed = [
            {"id": id_text(each["id"]), "name": text(each.get("name")), "kind": text(each.get("type"))}
            for each in body["data"]
        ]
        return dict.fromkeys(asked.pieces, listed)

    def life(self, piece: Piece, today: date) -> Life:  # noqa: ARG002  the protocol's
        return STATIC


class PanelAnalysis(Enum):
    CHURN = CHURN
    RETENTION = RETENTION
    ENGAGEMENT = ENGAGEMENT
    TIME_OF_DAY = TIME_OF_DAY
    POWER_USERS = POWER_USERS
    CROSS_APP = CROSS_APP


def checked_cohort(argument: str, text: str) -> str:
    """Raises InvalidParameter for what is no id of a cohort."""
    if not COHORT.fullmatch(text):
        shown = text[:LONGEST_SHOWN] if text.isprintable() else None
        raise InvalidParameter(argument, shown, "must be the id of a cohort: cohort_ and 24 hexadecimal digits")
    return text
