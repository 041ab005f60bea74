"""Downloads and revenue of all apps of a category: /v1/{os}/compact_sales_report_estimates. Pure.

The vendor advises against it where the apps are known by name: then `sales` is asked, which is fresher and has the world
as one row. Only of categories is this the one way.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from parallax.links.keys import Store
from parallax.metrics.catalog import SourceSystem
from parallax.periods import Granularity
from parallax.vendors.pieces import Life, Piece, Planned, Request
from parallax.vendors.sensor_tower.buckets import DAILY, Cut
from parallax.vendors.sensor_tower.sales import CUT as SALES_CUT
from parallax.vendors.sensor_tower.stores import OS, WORLD, day_of_second, id_text, number

CUT: Final = Cut("date_granularity", SALES_CUT.longest, timedelta(4))
"""It lags a few hours behind the other."""
PLACES: Final = {"ios": ((3, 5), (2, 4)), "android": ((3,), (2,))}
"""Of downloads and of cents in a row, after its time and its country: revenue stands before downloads."""


@dataclass(frozen=True, slots=True)
class CompactReports:
    """A piece is a category in a country in one bucket. Its part has [downloads, cents, product] by app: product is the
    unified id, null where the vendor names none. WORLD is the sum of all countries, where the answer has no row for it."""

    system: SourceSystem = SourceSystem.SENSOR_TOWER
    name: str = "sensor_tower.compact_sales_report_estimates"
    leads_on: bool = False

    def pieces(
        self,
        store: Store,
        category: str,
        country: str,
        granularity: Granularity,
        buckets: Sequence[date],
        model: str | None = None,
    ) -> list[Piece]:
        told = {"date_granularity": DAILY[granularity], "os": OS[store]}
        shared = tuple(sorted((told if model is None else told | {"data_model": model}).items()))
        return [Piece(self.name, shared, (category, country), bucket) for bucket in buckets]

    def planned(self, pieces: Sequence[Piece]) -> list[Planned]:
        """Countries cannot be asked for: every answer has all of them, and those that are wanted are kept. Apps of several
        categories could not be told apart."""
        found = []
        for cover in CUT.covers(pieces, (1, len(pieces))):
            sent = tuple(pair for pair in cover.shared.items() if pair[0] != "os")
            parameters = (*sent, ("categories", cover.lists[0][0]), *CUT.dates(cover))
            path = f"/v1/{cover.shared['os']}/compact_sales_report_estimates"
            found.append(Planned(Request(path, parameters), cover.pieces))
        return found

    def parts(self, asked: Planned, body: Any) -> Mapping[Piece, Any]:
        shared, (category, _) = asked.pieces[0].shared, asked.pieces[0].of
        countries = {piece.of[1] for piece in asked.pieces}
        products = body["lookup_table"]
        _, reports = body["serialized_sales_reports"]
        rows = list(_rows(dict(shared)["os"], reports))
        world = set() if any(country == WORLD for _, _, country, _ in rows) else {WORLD}
        found = defaultdict[Piece, dict[str, list[Any]]](dict)
        for app, day, country, told in rows:
            for of in countries & {country, *world}:
                here = found[Piece(self.name, shared, (category, of), day)]
                downloads, cents, *_ = here.get(app, (0.0, 0.0))
                here[app] = [downloads + told[0], cents + told[1], products.get(app)]
        return found

    def life(self, piece: Piece, today: date) -> Life:
        return CUT.life(piece, today)


def _rows(os: str, reports: Any) -> Iterator[tuple[str, date, str, list[float]]]:
    """Apps with day, country, and downloads and cents over all devices."""
    for app, rows in reports:
        for row in rows:
            told = [sum(number(row[place]) or 0.0 for place in places) for places in PLACES[os]]
            yield id_text(app), day_of_second(row[0]), row[1], told


COMPACT_REPORTS: Final = CompactReports()
