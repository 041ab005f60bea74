"""Where downloads come from: /v1/{os}/downloads_by_sources. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from parallax.links.keys import Store
from parallax.metrics.catalog import SourceSystem
from parallax.periods import Granularity
from parallax.vendors.pieces import Life, Piece, Planned, Request
from parallax.vendors.sensor_tower.buckets import DAILY, Cut
from parallax.vendors.sensor_tower.stores import MOST_APPS, OS, day_of, id_text, joined, number

SOURCES: Final = ("organic", "browser", "paid")
FIVE_SOURCES: Final = ("organic_browse", "organic_search", "browser", "paid", "paid_search")
"""Of newer servers, which tell `organic` as the sum of the first two as well."""
CUT: Final = Cut("date_granularity", {Granularity.DAY: 31, Granularity.MONTH: 24}, timedelta(15))


@dataclass(frozen=True, slots=True)
class DownloadsBySources:
    """A piece is a product in a country in one bucket; the store only says which of its editions are looked at. Its part is
    the number of downloads by source: of SOURCES, or of FIVE_SOURCES."""

    system: SourceSystem = SourceSystem.SENSOR_TOWER
    name: str = "sensor_tower.downloads_by_sources"
    leads_on: bool = False

    def pieces(
        self, store: Store, products: Iterable[str], country: str, granularity: Granularity, buckets: Sequence[date]
    ) -> list[Piece]:
        shared = (("date_granularity", DAILY[granularity]), ("os", OS[store]))
        return [Piece(self.name, shared, (id, country), bucket) for id in products for bucket in buckets]

    def planned(self, pieces: Sequence[Piece]) -> list[Planned]:
        """Several countries in a call would come back as one."""
        found = []
        for cover in CUT.covers(pieces, (MOST_APPS, 1)):
            (ids, (country,)), sent = cover.lists, tuple(pair for pair in cover.shared.items() if pair[0] != "os")
            parameters = (*sent, ("app_ids", joined(ids)), ("countries", country), *CUT.dates(cover))
            found.append(Planned(Request(f"/v1/{cover.shared['os']}/downloads_by_sources", parameters), cover.pieces))
        return found

    def parts(self, asked: Planned, body: Any) -> Mapping[Piece, Any]:
        shared, country = asked.pieces[0].shared, asked.pieces[0].of[1]
        return {
            Piece(self.name, shared, (id_text(app["app_id"]), country), day_of(row["date"])): _by_source(row)
            for app in body["data"]
            for row in app["breakdown"]
        }

    def life(self, piece: Piece, today: date) -> Life:
        return CUT.life(piece, today)


def _by_source(row: Mapping[str, Any]) -> dict[str, float | None]:
    """Of five sources `organic` is no sixth: it is the sum of two of them."""
    names = FIVE_SOURCES if "organic_search_abs" in row else SOURCES
    return {name: number(row[f"{name}_abs"]) for name in names}


DOWNLOADS_BY_SOURCES: Final = DownloadsBySources()
