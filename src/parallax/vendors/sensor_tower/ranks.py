"""Places in the stores' charts: /v1/{os}/category/… Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from parallax.links.keys import Store
from parallax.metrics.catalog import SourceSystem
from parallax.vendors.pieces import RECENT, SETTLED, Life, Piece, Planned, Request, covers
from parallax.vendors.sensor_tower.of_apps import OfApps
from parallax.vendors.sensor_tower.stores import OS, day_of_second, id_text, joined

MOST: Final = (30, 30, 10)
"""Apps, as clients keep to; countries and charts: bounds of our own."""
LONGEST: Final = 366
HOUR_S: Final = 3600
UNREVISED: Final = timedelta(days=2)
"""Charts of days that are over are not revised; a day more than needed allows for time zones."""


@dataclass(frozen=True, slots=True)
class CategoryHistory:
    """A piece is one app in one country's chart on one UTC day. Its part is the rank, or by hour {"13": rank}.

    Absent or null: it was not in the chart.
    """

    system: SourceSystem = SourceSystem.SENSOR_TOWER
    name: str = "sensor_tower.category_history"
    leads_on: bool = False

    def piece(
        self, store: Store, key: str, country: str, category: str, chart: str, day: date, *, hourly: bool
    ) -> Piece:
        shared = {"os": OS[store], "category": category, **({"is_hourly": "true"} if hourly else {})}
        return Piece(self.name, tuple(sorted(shared.items())), (key, country, chart), day)

    def planned(self, pieces: Sequence[Piece]) -> list[Planned]:
        planned = []
        for cover in covers(pieces, MOST, lambda _: LONGEST, lambda day, _: day + timedelta(days=1)):
            shared = dict(cover.shared)
            path = f"/v1/{shared.pop('os')}/category/category_history"
            lists = zip(("app_ids", "countries", "chart_type_ids"), map(joined, cover.lists), strict=True)
            dates = (("start_date", str(cover.buckets[0])), ("end_date", str(cover.buckets[-1])))
            planned.append(Planned(Request(path, (*shared.items(), *lists, *dates)), cover.pieces))
        return planned

    def parts(self, asked: Planned, body: Any) -> Mapping[Piece, Any]:
        """What is no app, country or chart that was asked for is passed over."""
        if not isinstance(body, dict) or body.keys() & {"error", "errors"}:
            raise TypeError("ranks stand in an object by app")
        shared, found = dict(asked.pieces[0].shared), dict[Piece, Any]()
        hourly = "is_hourly" in shared
        for of in dict.fromkeys(piece.of for piece in asked.pieces):
            key, country, chart = of
            categories = (body.get(key) or {}).get(country) or {}
            series = (categories.get(shared["category"]) or {}).get(chart) or {}
            for second, rank, *_ in series.get("graphData") or ():
                piece = Piece(self.name, asked.pieces[0].shared, of, day_of_second(second))
                if hourly:
                    found.setdefault(piece, {})[str(int(second) // HOUR_S % 24)] = _rank(rank)
                else:
                    found[piece] = _rank(rank)
        return found

    def life(self, piece: Piece, today: date) -> Life:
        assert piece.bucket is not None
        return SETTLED if today - piece.bucket >= UNREVISED else RECENT


def summary(body: Any) -> list[dict[str, Any]]:
    """{category, chart, rank} of today."""
    return [
        {
            "category": id_text(entry["category_id"]),
            "chart": id_text(entry["chart_type_id"]),
            "rank": _rank(entry["rank"]),
        }
        for entry in body
    ]


def _rank(value: Any) -> int | None:
    """Raises TypeError."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise TypeError("a rank is a whole number")
    return value


CATEGORY_HISTORY: Final = CategoryHistory()
RANKING_SUMMARY: Final = OfApps(
    "sensor_tower.category_ranking_summary", "category/category_ranking_summary", summary, kept=RECENT
)
