"""Estimated downloads and revenue: /v1/{os}/sales_report_estimates. Pure.

Both measures come in one answer, so that a piece does not name one: asking for downloads and revenue is one set of calls.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from parallax.links.keys import Store
from parallax.metrics.catalog import SourceSystem
from parallax.periods import Granularity
from parallax.vendors.pieces import Life, Malformed, Piece, Planned, Request, grid
from parallax.vendors.sensor_tower.buckets import DAILY, Cut
from parallax.vendors.sensor_tower.stores import MOST_APPS, OS, day_of, id_text, joined, number, publishers

ALL: Final = "all"
IPHONE, IPAD, ANDROID = "iphone", "ipad", "android"
UNITS, CENTS = 0, 1
"""Places in what is told of a device: downloads, and revenue in cents of US dollars."""
MOST_COUNTRIES: Final = 50
"""Of one call: the contract has no limit, and an answer has a row for each app, country and bucket."""
CUT: Final = Cut(
    "date_granularity",
    {Granularity.DAY: 7, Granularity.WEEK: 13, Granularity.MONTH: 12, Granularity.QUARTER: 8},  # contract 4.3
    timedelta(3),  # the latest days are revised
)


@dataclass(frozen=True, slots=True)
class Columns:
    """What a store's rows call the app, the country and the day, and by device downloads and revenue."""

    app: str
    country: str
    day: str
    devices: Mapping[str, tuple[str, str]]


COLUMNS: Final = {
    "ios": Columns("aid", "cc", "d", {IPHONE: ("iu", "ir"), IPAD: ("au", "ar")}),
    "android": Columns("aid", "c", "d", {ANDROID: ("u", "r")}),
    "unified": Columns(
        "app_id",
        "country",
        "date",
        {
            ALL: ("unified_units", "unified_revenue"),
            ANDROID: ("android_units", "android_revenue"),
            IPAD: ("ipad_units", "ipad_revenue"),
            IPHONE: ("iphone_units", "iphone_revenue"),
        },
    ),
}
Row = tuple[str, str, date, dict[str, list[float]]]


@dataclass(frozen=True, slots=True)
class SalesReports:
    """A piece is an app, or all apps of a publisher, in a country in one bucket. Its part has [downloads, cents] by device,
    ALL included; a publisher's has that by app. Where the vendor has no row there is no estimate, which is no zero."""

    system: SourceSystem = SourceSystem.SENSOR_TOWER
    name: str = "sensor_tower.sales_report_estimates"
    leads_on: bool = False

    def pieces(
        self,
        store: Store,
        ids: Iterable[str],
        countries: Iterable[str],
        granularity: Granularity,
        buckets: Sequence[date],
        model: str | None = None,
        of: str = "app_ids",
    ) -> tuple[Piece, ...]:
        """`of` says whose ids they are: app_ids, or publisher_ids."""
        told = {"date_granularity": DAILY[granularity], "of": of, "os": OS[store]}
        shared = told if model is None else told | {"data_model": model}
        return grid(self.name, shared, (tuple(ids), tuple(countries)), buckets)

    def planned(self, pieces: Sequence[Piece]) -> list[Planned]:
        """Rows of a publisher name its apps and not itself: each has calls of its own."""
        found = []
        for publishers_too in (False, True):
            kind = [piece for piece in pieces if (_told(piece)["of"] == "publisher_ids") is publishers_too]
            for cover in CUT.covers(kind, (1 if publishers_too else MOST_APPS, MOST_COUNTRIES)):
                ids, countries = cover.lists
                whose = publishers(ids) if publishers_too else (("app_ids", joined(ids)),)
                sent = tuple(pair for pair in cover.shared.items() if pair[0] not in ("of", "os"))
                parameters = (*sent, *whose, ("countries", joined(countries)), *CUT.dates(cover))
                found.append(
                    Planned(Request(f"/v1/{cover.shared['os']}/sales_report_estimates", parameters), cover.pieces)
                )
        return found

    def parts(self, asked: Planned, body: Any) -> Mapping[Piece, Any]:
        shared = asked.pieces[0].shared
        told, found = dict(shared), dict[Piece, Any]()
        by_app = defaultdict[Piece, dict[str, Any]](dict)
        for app, country, day, devices in _rows(told["os"], body):
            if told["of"] == "publisher_ids":
                by_app[Piece(self.name, shared, (asked.pieces[0].of[0], country), day)][app] = devices
            else:
                found[Piece(self.name, shared, (app, country), day)] = devices
        return found | by_app

    def life(self, piece: Piece, today: date) -> Life:
        return CUT.life(piece, today)


def _told(piece: Piece) -> dict[str, str]:
    return dict(piece.shared)


def _rows(os: str, body: Any) -> Iterator[Row]:
    if not isinstance(body, list):
        raise Malformed("estimates are no list")
    columns = COLUMNS[os]
    for row in body:
        # Keys of zeros may be missing.
        devices = {
            device: [number(row.get(name)) or 0.0 for name in names] for device, names in columns.devices.items()
        }
        if ALL not in devices:
            devices[ALL] = [sum(each) for each in zip(*devices.values(), strict=True)]
        yield id_text(row[columns.app]), row[columns.country], day_of(row[columns.day]), devices


SALES_REPORTS: Final = SalesReports()
