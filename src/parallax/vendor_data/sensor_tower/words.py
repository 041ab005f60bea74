"""Words of Sensor Tower that the graph has no enum for."""

import strawberry

from parallax.links.keys import Store
from parallax.vendors.sensor_tower.terms import TermKind, label, terms

strawberry.enum(
    TermKind,
    name="StoreTermKind",
    description="What a word is of: COUNTRY (ISO 3166, and WW for worldwide), REGION (of the panel), CATEGORY and CHART (of a "
    "store), NETWORK, AD_TYPE, PLACEMENT, ASPECT_RATIO and BANNER_DIMENSION (of advertising).",
)
MOST_TERMS = 260


@strawberry.type(description="A word of the vendor's, to be used as it is written.")
class StoreTerm:
    key: str = strawberry.field(description="As arguments take it and answers have it.")
    label: str | None = strawberry.field(
        description="Its meaning for people; null where the key says it, and for what the vendor has and we do not know."
    )

    @classmethod
    def of(cls, kind: TermKind, store: Store, key: str) -> "StoreTerm":
        return cls(key=key, label=label(kind, store, key))


def told_terms(kind: TermKind, store: Store | None) -> list[StoreTerm]:
    return [StoreTerm(key=key, label=told) for key, told in terms(kind, store).items()]
