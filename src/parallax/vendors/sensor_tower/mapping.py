"""Which ids belong to one product: /v1/unified/apps. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from parallax.links.keys import Store
from parallax.metrics.catalog import SourceSystem
from parallax.vendors.pieces import STATIC, Life, Piece, Planned, Request, covers
from parallax.vendors.sensor_tower.stores import MOST_APPS, id_text, joined, text

SPACES: Final = {Store.UNIFIED: "unified", Store.IOS: "itunes", Store.ANDROID: "android"}


class Product(NamedTuple):
    """One app over its editions in the stores. `canonical`: the edition that the vendor takes for it."""

    unified: str
    name: str | None
    canonical: str | None
    cohort: str | None
    ios: tuple[str, ...]
    android: tuple[str, ...]
    unified_publishers: tuple[str, ...]
    ios_publishers: tuple[str, ...]
    android_publishers: tuple[str, ...]

    def ids(self, store: Store) -> tuple[str, ...]:
        """What it is called there."""
        return {Store.UNIFIED: (self.unified,), Store.IOS: self.ios, Store.ANDROID: self.android}[store]

    def publishers(self, store: Store) -> tuple[str, ...]:
        return {
            Store.UNIFIED: self.unified_publishers,
            Store.IOS: self.ios_publishers,
            Store.ANDROID: self.android_publishers,
        }[store]


@dataclass(frozen=True, slots=True)
class UnifiedApps:
    """A piece is what one id of a store, or of a product, belongs to; absent: nobody knows it. `read` reads its part."""

    system: SourceSystem = SourceSystem.SENSOR_TOWER
    name: str = "sensor_tower.unified_apps"
    leads_on: bool = True

    def piece(self, store: Store, key: str) -> Piece:
        return Piece(self.name, (("app_id_type", SPACES[store]),), (key,))

    def planned(self, pieces: Sequence[Piece]) -> list[Planned]:
        return [
            Planned(
                Request("/v1/unified/apps", (*cover.shared.items(), ("app_ids", joined(cover.lists[0])))), cover.pieces
            )
            for cover in covers(pieces, (MOST_APPS,))
        ]

    def parts(self, asked: Planned, body: Any) -> Mapping[Piece, Any]:
        """Two ids of one product have one entry: an entry is found by the ids inside it."""
        by_id: dict[tuple[str, str], Product] = {}
        for product in map(_product, body["apps"]):
            by_id |= {(SPACES[store], key): product for store in Store for key in product.ids(store)}
        return {
            piece: list(by_id[place]) for piece in asked.pieces if (place := (piece.shared[0][1], piece.of[0])) in by_id
        }

    def read(self, part: Sequence[Any]) -> Product:
        return Product._make(tuple(value) if isinstance(value, list) else value for value in part)

    def life(self, piece: Piece, today: date) -> Life:  # noqa: ARG002  the protocol's
        return STATIC


def _product(entry: Mapping[str, Any]) -> Product:
    return Product(
        unified=id_text(entry["unified_app_id"]),
        name=text(entry.get("name")),
        canonical=text(entry.get("canonical_app_id")),
        cohort=text(entry.get("cohort_id")),
        ios=tuple(_ids(each["app_id"] for each in entry.get("itunes_apps") or ())),
        android=tuple(_ids(each["app_id"] for each in entry.get("android_apps") or ())),
        unified_publishers=tuple(_ids(entry.get("unified_publisher_ids") or ())),
        ios_publishers=tuple(_ids(entry.get("itunes_publisher_ids") or ())),
        android_publishers=tuple(_ids(entry.get("android_publisher_ids") or ())),
    )


def _ids(values: Any) -> Iterator[str]:
    return map(id_text, values)


UNIFIED_APPS: Final = UnifiedApps()
