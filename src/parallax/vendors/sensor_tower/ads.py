"""Share of voice and rank among advertisers: /v1/{os}/ad_intel/network_analysis, and …/rank. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from typing import Any, Final

from parallax.links.keys import Store
from parallax.metrics.catalog import SourceSystem
from parallax.periods import Granularity
from parallax.vendors.pieces import Life, Malformed, Piece, Planned, Request
from parallax.vendors.sensor_tower.buckets import PER_DAY, Cut
from parallax.vendors.sensor_tower.stores import MOST_AD_APPS, OS, day_of, id_text, joined, number

EARLIEST: Final = date(2018, 1, 1)
EVERY: Final = "*"
"""In the place of a network or a country: all that the vendor has when none is named. WW need not be among them."""
MOST_NETWORKS, MOST_COUNTRIES = 50, 50
CUT: Final = Cut("period", {Granularity.DAY: 92, Granularity.WEEK: 53, Granularity.MONTH: 24}, timedelta(3))


@dataclass(frozen=True, slots=True)
class NetworkAnalysis:
    """A piece is an app on a network in a country in one bucket, EVERY of the two as well. Its part has numbers by country
    and network: a ratio, of which 0 is below a millionth, or a rank, of which 1 is the top."""

    path: str
    column: str
    name: str
    system: SourceSystem = SourceSystem.SENSOR_TOWER
    leads_on: bool = False

    def pieces(
        self,
        store: Store,
        ids: Iterable[str],
        networks: Sequence[str],
        countries: Sequence[str],
        granularity: Granularity,
        buckets: Sequence[date],
    ) -> list[Piece]:
        named = ("networks" * bool(networks), "countries" * bool(countries))
        shared = (("named", ",".join(filter(None, named))), ("os", OS[store]), ("period", PER_DAY[granularity]))
        of = product(ids, networks or (EVERY,), countries or (EVERY,))
        return [Piece(self.name, shared, each, bucket) for each in of for bucket in buckets]

    def planned(self, pieces: Sequence[Piece]) -> list[Planned]:
        found = []
        for cover in CUT.covers(pieces, (MOST_AD_APPS, MOST_NETWORKS, MOST_COUNTRIES)):
            ids, networks, countries = cover.lists
            parameters = (
                ("period", cover.shared["period"]),
                ("app_ids", joined(ids)),
                *((("networks", joined(networks)),) if networks != (EVERY,) else ()),
                *((("countries", joined(countries)),) if countries != (EVERY,) else ()),
                *CUT.dates(cover),
            )
            found.append(Planned(Request(f"/v1/{cover.shared['os']}{self.path}", parameters), cover.pieces))
        return found

    def parts(self, asked: Planned, body: Any) -> Mapping[Piece, Any]:
        if not isinstance(body, list):
            raise Malformed("an analysis of networks is no list")
        found = defaultdict[Piece, dict[str, dict[str, float | None]]](lambda: defaultdict(dict))
        shared = asked.pieces[0].shared
        for row in body:
            id, bucket = id_text(row["app_id"]), day_of(row["date"])
            for of in product((id,), (row["network"], EVERY), (row["country"], EVERY)):
                found[Piece(self.name, shared, of, bucket)][row["country"]][row["network"]] = number(row[self.column])
        return found

    def life(self, piece: Piece, today: date) -> Life:
        return CUT.life(piece, today)


SHARE_OF_VOICE: Final = NetworkAnalysis("/ad_intel/network_analysis", "sov", "sensor_tower.network_analysis")
RANK: Final = NetworkAnalysis("/ad_intel/network_analysis/rank", "rank", "sensor_tower.network_analysis_rank")
