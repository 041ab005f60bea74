"""Who publishes apps, as far as the page of one of the apps, or a search, tells it."""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID

import strawberry

from parallax import costs
from parallax.connections import Node
from parallax.context import Info
from parallax.errors import InvalidParameter
from parallax.ids import GlobalId, canonical, encode
from parallax.links.keys import Store
from parallax.vendor_data.reading import At, read
from parallax.vendor_data.sensor_tower.asked import SOURCE
from parallax.vendor_data.sensor_tower.estimate_fields import PublisherEstimates
from parallax.vendor_data.sensor_tower.keys import StoreKey, account, key_told, named_in
from parallax.vendors.sensor_tower.listings import LISTINGS
from parallax.vendors.sensor_tower.terms import checked_country

LISTED: Final = 15.0
"""Units of an app's page: one call has those of a hundred apps."""
LISTING_COST: Final = costs.read("/v1/{os}/apps", LISTED, source=SOURCE)
LONGEST: Final = 200
FORMS: Final = {
    Store.IOS: (re.compile("[0-9]{1,12}"), "a number"),
    Store.ANDROID: (re.compile(f".{{1,{LONGEST}}}"), f"1 to {LONGEST} printable characters"),
    Store.UNIFIED: (re.compile("[0-9a-f]{24}"), "24 hexadecimal digits"),
}
READ_BEFORE: Final = costs.read("/v1/{os}/apps", 1, source=SOURCE)
"""Of fields that come with the page."""


class Page(NamedTuple):
    """An app's page in the store of a country, on which its publisher stands."""

    app: StoreKey
    country: str


async def page_of(at: At, page: Page, *, is_wanted: bool = True) -> Mapping[str, Any] | None:
    """See vendors/sensor_tower/listings; None where there is none, which is then told if it `is_wanted` for itself."""
    piece = LISTINGS.piece(page.app.store, page.app.key, page.country)
    found = await read(at, await account(at, page.app.client), LISTINGS, [piece])
    part = None if found is None else found.kept[piece].part
    if found is not None and part is None and is_wanted:
        reason = f"Sensor Tower has no page of {page.app.key} in {page.country}: there is no such app, or it is not sold there."
        at.context.absences.note(at.path, SOURCE, reason)
    return part


@strawberry.type(
    description="Who publishes apps, in one store or over both. What is known of it stands on the page of an app: where it was "
    "come by without one, only its key and what it earns are told."
)
class StorePublisher(Node, PublisherEstimates):
    key: str = strawberry.field(
        description="The vendor's id of it: a number (iOS), a text that may hold commas (Android), 24 hexadecimal digits "
        "(UNIFIED)."
    )
    store: Store = strawberry.field(description="The store whose id that is.")
    page: strawberry.Private[Page | None] = None
    found: strawberry.Private[str | None] = None

    @classmethod
    def of(cls, named: StoreKey, page: Page | None = None, found: str | None = None) -> "StorePublisher":
        """`page`: where it is told of; `found`: its name, of one that was found without a page."""
        said: dict[str, Any] = named.told()
        if page is not None:
            said |= {"app": page.app.told(), "country": page.country}
        elif found is not None:
            said |= {"name": found}
        id = strawberry.ID(encode(GlobalId("StorePublisher", named.client, (canonical(said),))))
        return cls(id=id, named=named, key=named.key, store=named.store, page=page, found=found)

    @strawberry.field(description="Its name; null where nothing tells it.", metadata=LISTING_COST)
    async def name(self, info: Info) -> str | None:
        return self.found or await self._told(info, "publisher_name")

    @strawberry.field(
        description="Where it has its seat, as the store tells it; null where nothing does.", metadata=READ_BEFORE
    )
    async def country(self, info: Info) -> str | None:
        return await self._told(info, "publisher_country")

    @strawberry.field(description="Its address for mail of users; null where nothing tells it.", metadata=READ_BEFORE)
    async def email(self, info: Info) -> str | None:
        return await self._told(info, "publisher_email")

    @strawberry.field(description="Its postal address; null where nothing tells it.", metadata=READ_BEFORE)
    async def address(self, info: Info) -> str | None:
        return await self._told(info, "publisher_address")

    @strawberry.field(description="Its page; null where nothing tells it.", metadata=READ_BEFORE)
    async def url(self, info: Info) -> str | None:
        return await self._told(info, "publisher_profile_url")

    async def _told(self, info: Info, name: str) -> str | None:
        told = None if self.page is None else await page_of(At.of(info), self.page)
        return None if told is None else told[name]


def checked_publisher(client: UUID, store: Store, key: str, argument: str = "key") -> StoreKey:
    """Raises InvalidParameter."""
    form, told = FORMS[store]
    if not key.isprintable() or not form.fullmatch(key):
        raise InvalidParameter(argument, key[:LONGEST] if key.isprintable() else None, f"must be {told}")
    return StoreKey(client, store, key)


async def publisher_again(_: At, client: UUID, said: Mapping[str, Any]) -> StorePublisher:
    """Out of an id. Raises ValueError, TypeError, KeyError, InvalidParameter for one that was never given."""
    named = checked_publisher(*named_in(client, said))
    if "app" in said:
        country = checked_country("id", said["country"])
        return StorePublisher.of(named, Page(key_told(client, said["app"]), country))
    return StorePublisher.of(named, found=said.get("name"))
