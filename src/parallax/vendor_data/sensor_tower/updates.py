"""What changed on an edition's page, and its versions."""

from typing import Annotated, Any, Final

import strawberry
from strawberry.scalars import JSON

from parallax import costs
from parallax.context import Info
from parallax.errors import InvalidParameter
from parallax.pages import checked_first
from parallax.scalars import InstantText
from parallax.vendor_data.reading import At, read
from parallax.vendor_data.sensor_tower.asked import ONE_CALL, SOURCE
from parallax.vendor_data.sensor_tower.keys import Named, account
from parallax.vendor_data.sensor_tower.listings import IN_COUNTRY
from parallax.vendors.sensor_tower.of_apps import OfApps
from parallax.vendors.sensor_tower.stores import HOME
from parallax.vendors.sensor_tower.terms import checked_country
from parallax.vendors.sensor_tower.updates import UPDATES, VERSIONS

MOST_VERSIONS: Final = 500
VERSIONS_SHOWN: Final = 50
MOST_KINDS: Final = 30
DAYS: Final = 10
MOST_DAYS: Final = 3660


@strawberry.type(description="Something on an app's page that became another.")
class StoreChange:
    kind: str = strawberry.field(
        description="What: version, summary, name, subtitle, description, icon, screenshot, price, file_size, keyword and "
        "others, as the vendor calls it."
    )
    before: JSON | None = strawberry.field(description="What it was; null: nothing, or not told.")
    after: JSON | None = strawberry.field(description="What it became; null: nothing, or not told.")


@strawberry.type(description="What changed on an app's page at once.")
class StoreUpdate:
    at: InstantText = strawberry.field(description="When it was seen; the vendor tells the day.")
    changes: list[StoreChange] = strawberry.field(
        description="What changed. At most 30.", metadata=costs.listed(MOST_KINDS)
    )


@strawberry.type(description="A version of an app.")
class StoreVersion:
    at: InstantText = strawberry.field(description="When it came out; the vendor tells the day.")
    version: str | None = strawberry.field(description="What it is called; null: not told.")
    previous: str | None = strawberry.field(description="The version before it; null: not told.")
    notes: str | None = strawberry.field(description="What its maker says is new; null: nothing is told.")


@strawberry.type
class UpdateFields(Named):
    @strawberry.field(
        description="What changed on its page, newest first: at most an entry for each of the days. Not every kind of change "
        "reaches far back. One call.",
        metadata=costs.read(
            "/v1/{os}/app_update/get_app_update_history", ONE_CALL, source=SOURCE, extent=costs.First("days", MOST_DAYS)
        ),
    )
    async def updates(
        self,
        info: Info,
        country: IN_COUNTRY = HOME,
        days: Annotated[
            int | None, strawberry.argument(description="How far to look back from today, 1 to 3660 days.")
        ] = DAYS,
    ) -> list[StoreUpdate] | None:
        days = DAYS if days is None else days
        if not 1 <= days <= MOST_DAYS:
            raise InvalidParameter("days", days, f"must be from 1 to {MOST_DAYS}")
        part = await self._told(info, UPDATES, country, date_limit=str(days))
        if part is None:
            return None
        return [
            StoreUpdate(at=each["at"], changes=[StoreChange(**change) for change in each["changes"][:MOST_KINDS]])
            for each in part[: days + 1]
        ]

    @strawberry.field(
        description="Its versions, newest first; one call, however many are shown.",
        metadata=costs.read(
            "/v1/{os}/apps/version_history", ONE_CALL, source=SOURCE, extent=costs.First("first", MOST_VERSIONS)
        ),
    )
    async def versions(
        self,
        info: Info,
        country: IN_COUNTRY = HOME,
        first: Annotated[int | None, strawberry.argument(description="How many, 1 to 500.")] = VERSIONS_SHOWN,
    ) -> list[StoreVersion] | None:
        most = checked_first(VERSIONS_SHOWN if first is None else first, MOST_VERSIONS)
        part = await self._told(info, VERSIONS, country)
        return None if part is None else [StoreVersion(**each) for each in part[:most]]

    async def _told(self, info: Info, endpoint: OfApps, country: str | None, **more: str) -> Any:
        at = At.of(info)
        code = checked_country("country", country or HOME)
        piece = endpoint.piece(self.named.store, self.named.key, code, **more)
        found = await read(at, await account(at, self.named.client), endpoint, [piece])
        return None if found is None else found.kept[piece].part
