"""How long and how often apps are used: /v1/apps/timeseries, and /v1/apps/timeseries/unified_apps of products. Pure.

The series are monthly, whatever the period that their averages are about.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from parallax.links.keys import Store
from parallax.metrics.catalog import SourceSystem
from parallax.periods import Granularity
from parallax.vendors.pieces import Life, Malformed, Piece, Planned, Request
from parallax.vendors.sensor_tower.buckets import PER_DAY, Cut
from parallax.vendors.sensor_tower.stores import MOST_APPS, OS, day_of, id_text, joined, number

EARLIEST: Final = date(2021, 1, 1)
MEASURES: Final = ("time_spent", "total_time_spent", "session_duration", "session_count", "total_session_count")
EVERY: Final = "*"
"""In the place of a region: of all that the vendor has when none is named. Those need not hold one that can be named."""
ALL_TOGETHER: Final = ""
"""In the place of a region: not by region, but of all that are asked for."""
MOST_REGIONS: Final = 50
CUT: Final = Cut(None, {Granularity.MONTH: 24}, timedelta(15))


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """A piece is a measure of an app in a region in a month, in seconds or in sessions. Its part is a number; of EVERY
    region it is numbers by region. `together` are regions that the vendor is to take as one: averages cannot be summed."""

    system: SourceSystem = SourceSystem.SENSOR_TOWER
    name: str = "sensor_tower.timeseries"
    leads_on: bool = False

    def pieces(
        self,
        of: tuple[Store, str],
        measure: str,
        per: Granularity,
        months: Sequence[date],
        regions: Iterable[str] = (ALL_TOGETHER,),
        together: Iterable[str] = (),
        only: Store = Store.UNIFIED,
        granular: bool = True,
    ) -> list[Piece]:
        """`only` is the store that of a product is looked at. `granular`: the server wants to be told the granularity."""
        store, id = of
        told = {"of": "unified_apps" if store is Store.UNIFIED else "", "time_period": PER_DAY[per]}
        if store is not Store.UNIFIED and granular:
            told["date_granularity"] = "monthly"
        if only is not Store.UNIFIED:
            told["os"] = OS[only]
        if together := tuple(together):
            told["regions"] = joined(together)
        regions = tuple(regions)
        told["by"] = {ALL_TOGETHER: "", EVERY: "every region"}.get(regions[0], "region")
        shared = tuple(sorted(told.items()))
        return [Piece(self.name, shared, (id, measure, region), month) for region in regions for month in months]

    def planned(self, pieces: Sequence[Piece]) -> list[Planned]:
        found = []
        for cover in CUT.covers(pieces, (MOST_APPS, len(MEASURES), MOST_REGIONS)):
            ids, measures, regions = cover.lists
            app = "unified_app_id" if cover.shared["of"] else "app_id"
            sent = [pair for pair in cover.shared.items() if pair[0] not in ("of", "by")]
            if cover.shared["by"] == "region":
                sent.append(("regions", joined(regions)))
            parameters = (
                *sent,
                ("app_ids", joined(ids)),
                ("timeseries", joined(measures)),
                ("breakdown", f"{app},region" if cover.shared["by"] else app),
                *CUT.dates(cover),
            )
            path = "/v1/apps/timeseries" + ("/unified_apps" if cover.shared["of"] else "")
            found.append(Planned(Request(path, parameters), cover.pieces))
        return found

    def parts(self, asked: Planned, body: Any) -> Mapping[Piece, Any]:
        """The vendor calls apps what it likes: the list has one of three names, an id one of two."""
        entries = next((body[name] for name in ("data", "unified_apps", "apps") if name in body), None)
        if entries is None:
            raise Malformed("there are no apps")
        shared, found = asked.pieces[0].shared, dict[Piece, Any]()
        every = defaultdict[Piece, dict[str, float | None]](dict)
        for entry in entries:
            id, region = id_text(entry.get("unified_app_id") or entry["app_id"]), entry.get("region", ALL_TOGETHER)
            for row in entry["timeseries"]:
                for measure in row.keys() & set(MEASURES):
                    value, month = number(row[measure]), day_of(row["date"])
                    found[Piece(self.name, shared, (id, measure, region), month)] = value
                    every[Piece(self.name, shared, (id, measure, EVERY), month)][region] = value
        return found | every

    def life(self, piece: Piece, today: date) -> Life:
        return CUT.life(piece, today)


TIME_SERIES: Final = TimeSeries()
