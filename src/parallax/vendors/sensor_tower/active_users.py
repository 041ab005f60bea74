"""Estimated users of a day, a week or a month: /v1/{os}/usage/active_users. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from parallax.links.keys import Store
from parallax.metrics.catalog import SourceSystem
from parallax.periods import Granularity
from parallax.vendors.pieces import Life, Malformed, Piece, Planned, Request, grid
from parallax.vendors.sensor_tower.buckets import PER_DAY, Cut
from parallax.vendors.sensor_tower.sales import ANDROID, IPAD, IPHONE, MOST_COUNTRIES
from parallax.vendors.sensor_tower.stores import MOST_USAGE_APPS, OS, day_of, id_text, joined, number

COLUMNS: Final = {
    "ios": {IPHONE: "iphone_users", IPAD: "ipad_users"},
    "android": {ANDROID: "users"},
    "unified": {ANDROID: "android_users", IPAD: "ipad_users", IPHONE: "iphone_users"},
}
# The contract has no window for these. A month has the same users whenever it is asked for: months are asked as months.
CUT: Final = Cut("time_period", {Granularity.DAY: 92, Granularity.WEEK: 53, Granularity.MONTH: 36}, timedelta(3))


@dataclass(frozen=True, slots=True)
class ActiveUsers:
    """A piece is an app in a country in one bucket. Its part has users by device, null where the vendor says null. Apps
    that are too small for an estimate have none, and the vendor does not say which they are."""

    system: SourceSystem = SourceSystem.SENSOR_TOWER
    name: str = "sensor_tower.active_users"
    leads_on: bool = False

    def pieces(
        self,
        store: Store,
        ids: Iterable[str],
        countries: Iterable[str],
        granularity: Granularity,
        buckets: Sequence[date],
        model: str | None = None,
    ) -> tuple[Piece, ...]:
        told = {"os": OS[store], "time_period": PER_DAY[granularity]}
        shared = told if model is None else told | {"data_model": model}
        return grid(self.name, shared, (tuple(ids), tuple(countries)), buckets)

    def planned(self, pieces: Sequence[Piece]) -> list[Planned]:
        found = []
        for cover in CUT.covers(pieces, (MOST_USAGE_APPS, MOST_COUNTRIES)):
            ids, countries = cover.lists
            sent = tuple(pair for pair in cover.shared.items() if pair[0] != "os")
            parameters = (*sent, ("app_ids", joined(ids)), ("countries", joined(countries)), *CUT.dates(cover))
            found.append(Planned(Request(f"/v1/{cover.shared['os']}/usage/active_users", parameters), cover.pieces))
        return found

    def parts(self, asked: Planned, body: Any) -> Mapping[Piece, Any]:
        if not isinstance(body, list):
            raise Malformed("active users are no list")
        shared = asked.pieces[0].shared
        columns = COLUMNS[dict(shared)["os"]]
        found = {}
        for row in body:
            if not columns.values() & row.keys():
                raise Malformed("active users are of no device")
            piece = Piece(self.name, shared, (id_text(row["app_id"]), row["country"]), day_of(row["date"]))
            found[piece] = {device: number(row.get(name, 0)) for device, name in columns.items()}
        return found

    def life(self, piece: Piece, today: date) -> Life:
        return CUT.life(piece, today)


ACTIVE_USERS: Final = ActiveUsers()
