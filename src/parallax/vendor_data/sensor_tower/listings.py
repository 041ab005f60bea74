"""An edition's page in its store: what is shown, and what can be bought."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import strawberry
from strawberry.scalars import JSON

from parallax import costs
from parallax.context import Info
from parallax.links.keys import Store
from parallax.scalars import InstantText
from parallax.vendor_data.reading import At, read
from parallax.vendor_data.sensor_tower.asked import SOURCE
from parallax.vendor_data.sensor_tower.keys import Named, StoreKey, account
from parallax.vendor_data.sensor_tower.publishers import LISTED, LISTING_COST, Page, StorePublisher, page_of
from parallax.vendor_data.sensor_tower.words import StoreTerm
from parallax.vendors.sensor_tower.listings import PURCHASES, SDKS
from parallax.vendors.sensor_tower.stores import HOME
from parallax.vendors.sensor_tower.terms import TermKind, checked_country

MOST_WORDS: Final = 300
"""Of a list of texts on a page."""
MOST_CATEGORIES: Final = 20
MOST_PURCHASES: Final = 50
TEXTS: Final = costs.listed(MOST_WORDS)
IN_COUNTRY = Annotated[
    str | None, strawberry.argument(description="The store of this country, by its ISO 3166 code; absent: US.")
]


@strawberry.type(description="An amount of money.")
class Money:
    cents: float = strawberry.field(description="In hundredths of the currency's unit.")
    currency: str | None = strawberry.field(
        description="ISO 4217 code; null: the store's own currency, which the source does not name."
    )

    @classmethod
    def of(cls, cents: float | None, currency: str | None = None) -> "Money | None":
        return None if cents is None else cls(cents=cents, currency=currency)


@strawberry.type(
    description="What a store shows of an app in one country. Null: the store, or the vendor, does not tell it."
)
class StoreListing:
    country: str = strawberry.field(description="Whose store it is.")
    name: str | None = strawberry.field(description="Its name there.")
    humanized_name: str | None = strawberry.field(description="The name without what is added to be found by.")
    subtitle: str | None = strawberry.field(description="The line below the name (iOS).")
    description: str | None = strawberry.field(description="The long text.")
    short_description: str | None = strawberry.field(description="The short text (Android).")
    promo_text: str | None = strawberry.field(description="The text that changes without a new version (iOS).")
    bundle_id: str | None = strawberry.field(description="What its maker calls it: of iOS another id than the key.")
    content_rating: str | None = strawberry.field(description="For which ages it is, in the store's words.")
    advisories: list[str] | None = strawberry.field(
        description="What users are warned of. At most 300.", metadata=TEXTS
    )
    is_active: bool | None = strawberry.field(description="Whether it can be had now.")
    version: str | None = strawberry.field(description="Its newest version.")
    price: Money | None = strawberry.field(description="What it costs, in the store's currency; 0: nothing.")
    has_in_app_purchases: bool | None = strawberry.field(description="Whether something is sold in it.")
    rating: float | None = strawberry.field(description="Mean of its ratings, 1 to 5.")
    rating_count: float | None = strawberry.field(description="Ratings in this country.")
    global_rating_count: float | None = strawberry.field(description="Ratings in all countries.")
    current_version_rating: float | None = strawberry.field(description="Mean of the ratings of the newest version.")
    current_version_rating_count: float | None = strawberry.field(description="Ratings of the newest version.")
    last_month_downloads: float | None = strawberry.field(
        description="Downloads of the last whole month in all countries, estimated and rounded by the vendor."
    )
    last_month_revenue: Money | None = strawberry.field(
        description="What its users spent in the last whole month in all countries, in US dollars, estimated and rounded by "
        "the vendor."
    )
    countries: list[str] | None = strawberry.field(
        description="Countries in whose stores it stands. At most 300.", metadata=TEXTS
    )
    top_countries: list[str] | None = strawberry.field(
        description="Countries in which it is used most. At most 300.", metadata=TEXTS
    )
    canonical_country: str | None = strawberry.field(description="The country that the vendor takes it to be from.")
    languages: list[str] | None = strawberry.field(
        description="Languages that it speaks, as the store writes them. At most 300.", metadata=TEXTS
    )
    released_at: InstantText | None = strawberry.field(description="When it first came out anywhere.")
    country_released_at: InstantText | None = strawberry.field(description="When it came out in this country.")
    updated_at: InstantText | None = strawberry.field(description="When its newest version came out.")
    permissions: list[str] | None = strawberry.field(
        description="What it may do on a device (Android). At most 300.", metadata=TEXTS
    )
    flags: JSON | None = strawberry.field(
        description="An object: `watch` and `iMessage`, whether it runs there, and `iMessageIcon` (iOS)."
    )
    url: str | None = strawberry.field(description="Its address, as the vendor tells it.")
    store_url: str | None = strawberry.field(description="Where it is viewed; may be without a host.")
    icon_url: str | None = strawberry.field(description="Its icon.")
    feature_graphic_url: str | None = strawberry.field(description="The wide picture above its page (Android).")
    screenshot_urls: list[str] | None = strawberry.field(
        description="Pictures of it on a phone. At most 300.", metadata=TEXTS
    )
    tablet_screenshot_urls: list[str] | None = strawberry.field(
        description="Pictures of it on a tablet. At most 300.", metadata=TEXTS
    )
    website_url: str | None = strawberry.field(description="The site of its maker.")
    support_url: str | None = strawberry.field(description="Where its users are helped.")
    privacy_policy_url: str | None = strawberry.field(description="What becomes of its users' data.")
    license_url: str | None = strawberry.field(description="Its licence, where it has one of its own.")
    publisher_profile_url: str | None = strawberry.field(description="The page of who publishes it.")
    page: strawberry.Private[Page]
    part: strawberry.Private[Mapping[str, Any]]

    @classmethod
    def of(cls, page: Page, part: Mapping[str, Any]) -> "StoreListing":
        """`part` as in vendors/sensor_tower/listings."""
        told: dict[str, Any] = {
            name: value[:MOST_WORDS] if isinstance(value, list) else value for name, value in part.items()
        }
        plain = cls.__annotations__.keys() & told.keys()
        return cls(
            country=page.country,
            price=Money.of(part["price_cents"]),
            last_month_revenue=Money.of(part["last_month_revenue_cents"], "USD"),
            page=page,
            part=part,
            **{name: told[name] for name in plain},
        )

    @strawberry.field(description="Who publishes it there.")
    def publisher(self) -> StorePublisher | None:
        key, app = self.part["publisher_id"], self.page.app
        return None if key is None else StorePublisher.of(StoreKey(app.client, app.store, key), self.page)

    @strawberry.field(
        description="Its categories in the store, the main one first. At most 20.",
        metadata=costs.listed(MOST_CATEGORIES),
    )
    def categories(self) -> list[StoreTerm] | None:
        keys = self.part["categories"]
        if keys is None:
            return None
        return [StoreTerm.of(TermKind.CATEGORY, self.page.app.store, key) for key in keys[:MOST_CATEGORIES]]

    @strawberry.field(
        description="Libraries found in it, as the vendor tells them: a call more, and a subscription of its own, without "
        "which it is null with SOURCE_REJECTED.",
        metadata=LISTING_COST,
    )
    async def sdks(self, info: Info) -> JSON | None:
        at, app = At.of(info), self.page.app
        piece = SDKS.piece(app.store, app.key, self.page.country, include_sdk_data="true")
        found = await read(at, await account(at, app.client), SDKS, [piece])
        return None if found is None else found.kept[piece].part


@strawberry.type(description="Something that is sold in an app.")
class InAppPurchase:
    key: str = strawberry.field(description="The vendor's id of it.")
    name: str | None = strawberry.field(description="What it is called.")
    price: str | None = strawberry.field(description="Its price as the store shows it, with the currency's sign.")
    duration: str | None = strawberry.field(description="For how long it is bought (ISO 8601), as P1Y; null: once.")


@strawberry.type
class ListingFields(Named):
    @strawberry.field(
        description="Its page in the store of a country; null, with the reason in `extensions.missing`, where there is none.",
        metadata=LISTING_COST,
    )
    async def listing(self, info: Info, country: IN_COUNTRY = HOME) -> StoreListing | None:
        page = Page(self.named, checked_country("country", country or HOME))
        part = await page_of(At.of(info), page)
        return None if part is None else StoreListing.of(page, part)

    @strawberry.field(
        description="What is bought most in it, most first: in the App Store alone. Null of Google Play, which tells none. At "
        "most 50.",
        metadata=costs.read(
            "/v1/ios/apps/top_in_app_purchases", LISTED, source=SOURCE, extent=costs.Many(MOST_PURCHASES)
        ),
    )
    async def in_app_purchases(self, info: Info, country: IN_COUNTRY = HOME) -> list[InAppPurchase] | None:
        at, code = At.of(info), checked_country("country", country or HOME)
        if self.named.store is not Store.IOS:
            at.context.absences.note(at.path, SOURCE, "What is bought in an app is told of the App Store alone.")
            return None
        piece = PURCHASES.piece(self.named.store, self.named.key, code)
        found = await read(at, await account(at, self.named.client), PURCHASES, [piece])
        if found is None:
            return None
        part = found.kept[piece].part
        if part is None:
            at.context.absences.note(at.path, SOURCE, f"Sensor Tower knows no app {self.named.key} in {code}.")
            return None
        return [InAppPurchase(**each) for each in part[:MOST_PURCHASES]]
