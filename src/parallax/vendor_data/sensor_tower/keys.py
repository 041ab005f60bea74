"""What an object of Sensor Tower is called, and how one name leads to the others."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID

from parallax.links.keys import Store
from parallax.metrics.catalog import SourceSystem
from parallax.vendor_data.reading import At, account_of, read
from parallax.vendors.sensor_tower.mapping import UNIFIED_APPS, Product
from parallax.vendors.sensor_tower.vendor import VENDOR
from parallax.vendors.vendor import Account

NAMES: Final = {Store.UNIFIED: "unified", Store.IOS: "ios", Store.ANDROID: "android"}
"""As in StoreAppKeyInput, and in the ids of objects."""


class StoreKey(NamedTuple):
    """An app or a publisher as a client's question, link or id names it: by its id in a store, or over all of them."""

    client: UUID
    store: Store
    key: str

    def told(self) -> dict[str, str]:
        """For an id."""
        return {NAMES[self.store]: self.key}


def key_told(client: UUID, said: Mapping[str, Any]) -> StoreKey:
    """Out of an id. Raises ValueError for what `told` never gave."""
    [(store, key)] = [(store, said[name]) for store, name in NAMES.items() if name in said]
    if not isinstance(key, str):
        raise ValueError("a key is a text")
    return StoreKey(client, store, key)


async def account(at: At, client: UUID) -> Account:
    """Whom we are to Sensor Tower. Raises SourceRejected where nothing is connected."""
    return await account_of(at, client, SourceSystem.SENSOR_TOWER)


async def product_of(at: At, named: StoreKey) -> Product | None:
    """All names of the product, by one call for all that are asked for in a turn.

    None: not looked up, for little is left of the quota. Raises SourceRejected for an id that nobody knows.
    """
    piece = UNIFIED_APPS.piece(named.store, named.key)
    found = await read(at, await account(at, named.client), UNIFIED_APPS, [piece])
    if found is None:
        return None
    part = found.kept[piece].part
    if part is None:
        raise VENDOR.rejected(f"knows no app whose {NAMES[named.store]} id is {named.key}")
    return UNIFIED_APPS.read(part)


async def ids_in(at: At, named: StoreKey, store: Store) -> tuple[str, ...]:
    """What the product is called in a store: several ids where it has several editions there, none where it is not sold.

    Without a call where it is named by the id that is wanted. Raises SourceRejected for an id that nobody knows.
    """
    if store is Store.UNIFIED and named.store is Store.UNIFIED:
        return (named.key,)
    product = await product_of(at, named)
    return () if product is None else product.ids(store)
