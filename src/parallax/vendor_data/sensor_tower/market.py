"""What Sensor Tower knows beyond a client's own apps."""

from enum import Enum
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import strawberry

from parallax import costs
from parallax.context import Info
from parallax.errors import InvalidParameter
from parallax.links.inputs import StoreAppKeyInput
from parallax.links.keys import Store
from parallax.metrics.catalog import SourceSystem
from parallax.pages import checked_first
from parallax.vendor_data.reading import At, read
from parallax.vendor_data.sensor_tower.apps import MAPPED, MAPPING, SensorTowerApp
from parallax.vendor_data.sensor_tower.asked import ONE_CALL, SOURCE
from parallax.vendor_data.sensor_tower.keys import NAMES, StoreKey, account, products_of
from parallax.vendor_data.sensor_tower.panels import PanelMarketFields
from parallax.vendor_data.sensor_tower.publishers import StorePublisher, checked_publisher
from parallax.vendor_data.sensor_tower.tops import MarketEstimates
from parallax.vendor_data.sensor_tower.words import MOST_TERMS, StoreTerm, told_terms
from parallax.vendors.credentials import AccountKey
from parallax.vendors.sensor_tower.search import MOST_FOUND, SEARCH_ENTITIES, is_long_enough
from parallax.vendors.sensor_tower.terms import TermKind

MOST_KEYS: Final = 100
FIRST: Final = 10
LONGEST_TERM: Final = 100
OnlyStore = Annotated[Store | None, strawberry.argument(description="Of this store; absent or UNIFIED: of both.")]


@strawberry.enum(description="What is looked for by name. APP: apps; PUBLISHER: who publishes them.")
class StoreEntityKind(Enum):
    APP = "app"
    PUBLISHER = "publisher"


StoreEntity: TypeAlias = Annotated[
    SensorTowerApp | StorePublisher,
    strawberry.union("StoreEntity", description="What a search finds."),
]


@strawberry.type(
    description="What Sensor Tower knows of the stores, asked with the client's own credentials or those of the gateway. "
    "Countries are ISO 3166 codes, WW is worldwide. What has no enum (categories, charts, networks …) is in `terms`."
)
class StoreMarket(MarketEstimates, PanelMarketFields):
    @strawberry.field(
        description="Apps or publishers by name, as the vendor orders them. At most 250; one call for each term.",
        metadata=costs.read(
            "/v1/{os}/search_entities", ONE_CALL, source=SOURCE, extent=costs.First("first", MOST_FOUND)
        ),
    )
    async def search(
        self,
        info: Info,
        term: Annotated[
            str, strawberry.argument(description="At least 3 Latin letters, or 2 others; at most 100 characters.")
        ],
        kind: Annotated[
            StoreEntityKind | None, strawberry.argument(description="What is looked for.")
        ] = StoreEntityKind.APP,
        store: Annotated[
            Store | None,
            strawberry.argument(
                description="UNIFIED finds products and publishers over both stores; IOS or ANDROID what is in that "
                "store; null what is in either, each by its own id."
            ),
        ] = Store.UNIFIED,
        first: Annotated[int | None, strawberry.argument(description="How many, 1 to 250.")] = FIRST,
    ) -> list[StoreEntity] | None:
        most = checked_first(FIRST if first is None else first, MOST_FOUND)
        term, at = term.strip(), At.of(info)
        if not (is_long_enough(term) and len(term) <= LONGEST_TERM and term.isprintable()):
            sent = term[:LONGEST_TERM] if term.isprintable() else None
            raise InvalidParameter("term", sent, "must have 3 Latin letters or 2 others at least, and 100 at most")
        kind = kind or StoreEntityKind.APP
        piece = SEARCH_ENTITIES.piece(store, kind.value, term)
        found = await read(at, await account(at, self.client), SEARCH_ENTITIES, [piece])
        if found is None:
            return None
        shown: list[StoreEntity] = []
        for each in SEARCH_ENTITIES.read(store, found.kept[piece].part)[:most]:
            named = StoreKey(self.client, each.store, each.key)
            is_app = kind is StoreEntityKind.APP
            shown.append((SensorTowerApp if is_app else StorePublisher).of(named, found=each.name))
        return shown

    @strawberry.field(
        description="One app; null, with the reason in `extensions.missing`, where the vendor does not know it.",
        metadata=costs.read(MAPPING, MAPPED, source=SOURCE),
    )
    async def app(
        self, info: Info, key: Annotated[StoreAppKeyInput, strawberry.argument(description="One of its ids.")]
    ) -> SensorTowerApp | None:
        named = StoreKey(self.client, *_named(key, "key"))
        return (await self._apps(At.of(info), [named]))[0]

    @strawberry.field(
        description="As many as keys, in their order; null for what the vendor does not know. At most 100; one call for each "
        "kind of id.",
        metadata=costs.read(MAPPING, source=SOURCE, extent=costs.Named("keys", MAPPED, MOST_KEYS)),
    )
    async def apps(
        self,
        info: Info,
        keys: Annotated[list[StoreAppKeyInput], strawberry.argument(description="An id of each, at most 100.")],
    ) -> list[SensorTowerApp | None] | None:
        if len(keys) > MOST_KEYS:
            raise InvalidParameter("keys", len(keys), f"are more than {MOST_KEYS}")
        named = [StoreKey(self.client, *_named(key, f"keys[{place}]")) for place, key in enumerate(keys)]
        return await self._apps(At.of(info), named)

    async def _apps(self, at: At, named: list[StoreKey]) -> list[SensorTowerApp | None]:
        products = await products_of(at, self.client, named)
        for key in named:
            if key in products and products[key] is None:
                reason = f"Sensor Tower knows no app whose {NAMES[key.store]} id is {key.key}."
                at.context.absences.note(at.path, SOURCE, reason)
        return [None if (product := products.get(key)) is None else SensorTowerApp.of(key, product) for key in named]

    @strawberry.field(description="Who publishes apps, by id. It is not looked up whether there is such a publisher.")
    def publisher(
        self,
        store: Annotated[Store, strawberry.argument(description="The store whose id `key` is.")],
        key: Annotated[
            str, strawberry.argument(description="A number (IOS), a text (ANDROID), 24 hexadecimal digits (UNIFIED).")
        ],
    ) -> StorePublisher | None:
        return StorePublisher.of(checked_publisher(self.client, store, key))

    @strawberry.field(
        description="Words that arguments take, with their meaning. Known without a call: the vendor may have more. At most "
        "260.",
        metadata=costs.listed(MOST_TERMS),
    )
    def terms(
        self,
        kind: Annotated[TermKind, strawberry.argument(description="What the words are of.")],
        store: OnlyStore = None,
    ) -> list[StoreTerm]:
        return told_terms(kind, store)


def _named(key: StoreAppKeyInput, argument: str) -> tuple[Store, str]:
    named = key.key(argument)
    assert named.store is not None
    return named.store, named.key


async def market_of(info: Info, client: UUID) -> StoreMarket | None:
    """None where nothing is connected."""
    found = await info.context.vendor_account.load(AccountKey(client, SourceSystem.SENSOR_TOWER))
    return None if found is None else StoreMarket(client=client)
