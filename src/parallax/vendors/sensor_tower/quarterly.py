"""What Sensor Tower tells of a store's app by quarter, or over all time: how its users stay, and who they are.

A piece is one app in one place: `shared` are country ("" is the whole world), date_granularity and os; `of` is the app;
`bucket` is the first day of a quarter, None for all time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from parallax.metrics.catalog import Confidence, SourceSystem
from parallax.periods import Granularity, bucket_number, bucket_start
from parallax.vendors.pieces import SETTLED, STATIC, Life, Piece, Planned, Request, covers
from parallax.vendors.sensor_tower.stores import MOST_USAGE_APPS, day_of, id_text, joined

QUARTERLY: Final = "quarterly"
ALL_TIME: Final = "all_time"
FIRST_DAY: Final = date(2015, 10, 1)
"""Of the whole world, and of all time."""
FIRST_DAY_OF_A_COUNTRY: Final = date(2021, 1, 1)
MOST_QUARTERS: Final = 20
"""In one call: 90 numbers for each of 500 apps and 20 quarters are some ten megabytes."""
REVISED_FOR: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class ByQuarter:
    """A part is {"disabled": true} for an app below the vendor's minimum of users, else {"start", "end" (null: of all
    time), "country", "confidence", "baseline": of all apps} and what `read` takes from a row."""

    what: str
    read: Callable[[Mapping[str, Any]], dict[str, Any]]
    read_baseline: Callable[[Any], Any]
    system: SourceSystem = SourceSystem.SENSOR_TOWER
    leads_on: bool = False

    @property
    def name(self) -> str:
        return f"sensor_tower.{self.what}"

    def pieces(self, os: str, app: str, country: str, quarters: Sequence[date] | None) -> list[Piece]:
        """Of these quarters, or of all time."""
        granularity = ALL_TIME if quarters is None else QUARTERLY
        shared = (("country", country), ("date_granularity", granularity), ("os", os))
        return [Piece(self.name, shared, (app,), quarter) for quarter in (quarters if quarters is not None else [None])]

    def path(self, os: str) -> str:
        return f"/v1/{os}/usage/{self.what}"

    def planned(self, pieces: Sequence[Piece]) -> list[Planned]:
        calls = []
        for cover in covers(pieces, (MOST_USAGE_APPS,), lambda _: MOST_QUARTERS, lambda quarter, _: _next(quarter)):
            parameters = [("app_ids", joined(cover.lists[0])), ("date_granularity", cover.shared["date_granularity"])]
            if cover.buckets:
                last = _next(cover.buckets[-1]) - timedelta(days=1)
                parameters += [("start_date", str(cover.buckets[0])), ("end_date", str(last))]
            else:
                parameters.append(("start_date", str(FIRST_DAY)))
            if cover.shared["country"]:
                parameters.append(("country", cover.shared["country"]))
            calls.append(Planned(Request(self.path(cover.shared["os"]), tuple(parameters)), cover.pieces))
        return calls

    def parts(self, asked: Planned, body: Any) -> dict[Piece, Any]:
        told = body[0] if isinstance(body, list) else body  # some answers come in a list of one
        rows = {_place(row): row for row in told["app_data"]}
        baseline = self.read_baseline(told["baseline_data"]) if rows else None
        disabled = {id_text(app) for app in told["disabled_app_ids"]}
        parts: dict[Piece, Any] = {}
        for piece in asked.pieces:
            app = piece.of[0]
            row = rows.get((app, piece.bucket))
            if row is not None:
                parts[piece] = {
                    "start": str(day_of(row["date"])),
                    "end": None if piece.bucket is None else str(_next(piece.bucket) - timedelta(days=1)),
                    "country": row["country"],
                    "confidence": None if row["confidence"] is None else int(row["confidence"]),
                    "baseline": baseline,
                    **self.read(row),
                }
            elif app in disabled:
                parts[piece] = {"disabled": True}
        return parts

    def life(self, piece: Piece, today: date) -> Life:
        return SETTLED if piece.bucket is not None and _next(piece.bucket) + REVISED_FOR < today else STATIC


def _place(row: Mapping[str, Any]) -> tuple[str, date | None]:
    """What a row is of. One of all time has a date of its own, whatever was asked."""
    quarter = None if row["date_granularity"] == ALL_TIME else day_of(row["date"])
    return id_text(row["app_id"]), quarter


def _next(quarter: date) -> date:
    return date.fromordinal(bucket_start(bucket_number(quarter, Granularity.QUARTER) + 1, Granularity.QUARTER))


def confidence_of(score: int | None) -> Confidence | None:
    """What the vendor shows as red, yellow and green. Scores may exceed 10."""
    if score is None:
        return None
    return Confidence.LOW if score <= 3 else Confidence.MEDIUM if score <= 6 else Confidence.HIGH
