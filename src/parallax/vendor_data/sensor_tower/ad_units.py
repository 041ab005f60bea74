"""Advertisements as they are shown, and found again."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from parallax import costs
from parallax.connections import Connected, Node
from parallax.ids import GlobalId, canonical, encode
from parallax.scalars import InstantText
from parallax.vendor_data.reading import At, read
from parallax.vendor_data.sensor_tower.keys import account
from parallax.vendors.pieces import Piece
from parallax.vendors.sensor_tower.creatives import CREATIVES
from parallax.vendors.sensor_tower.stores import OS, instant_of, number

MOST_CREATIVES: Final = 100
MOST_FORMATS: Final = 50
MOST_NETWORKS: Final = 100


@strawberry.type(description="One form of an advertisement.")
class Creative:
    key: str = strawberry.field(description="The vendor's id of it.")
    url: str | None = strawberry.field(description="The picture, the video or the page itself; null: not told.")
    preview_url: str | None = strawberry.field(description="A preview of it; null: not told.")
    thumbnail_url: str | None = strawberry.field(description="A small picture of it; null: not told.")
    video_seconds: float | None = strawberry.field(description="How long a video is; null for what is none.")
    width: int | None = strawberry.field(description="Pixels; null: not told.")
    height: int | None = strawberry.field(description="Pixels; null: not told.")
    message: str | None = strawberry.field(description="What it says; null: nothing, or not told.")
    button_text: str | None = strawberry.field(description="What its button says; null: not told.")

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Creative":
        return cls(
            key=str(told["id"]),
            url=told.get("creative_url"),
            preview_url=told.get("preview_url"),
            thumbnail_url=told.get("thumb_url"),
            video_seconds=number(told.get("video_duration")),
            width=told.get("width"),
            height=told.get("height"),
            message=told.get("message"),
            button_text=told.get("button_text"),
        )


@strawberry.type(
    description="An advertisement on one network, in one or several forms. Found again by the page it stood on."
)
class AdUnit(Node):
    network: str = strawberry.field(description="Where it is shown.")
    ad_type: str | None = strawberry.field(description="As market.terms(kind: AD_TYPE) has it; null: not told.")
    formats: list[str] | None = strawberry.field(
        description="The vendor's words for its forms, at most 50; null: not told.", metadata=costs.listed(MOST_FORMATS)
    )
    first_seen: InstantText | None = strawberry.field(description="When it was seen first; null: not told.")
    last_seen: InstantText | None = strawberry.field(description="When it was seen last; null: not told.")
    share: float | None = strawberry.field(
        description="Its part in what the app advertises there, from 0 to 1; null: not told."
    )
    similarity_group: str | None = strawberry.field(description="Equal for those that look alike; null: not told.")
    breakdown: JSON | None = strawberry.field(description="How its share is made up, as the vendor tells it.")
    top_publishers: JSON | None = strawberry.field(description="Where it is shown most, as the vendor tells it.")
    creatives: list[Creative] = strawberry.field(
        description="Its forms, at most 100.", metadata=costs.listed(MOST_CREATIVES)
    )

    @classmethod
    def of(cls, client: UUID, piece: Piece, told: Mapping[str, Any]) -> "AdUnit":
        """`piece` is the page on which all is told of it."""
        key = canonical({"page": dict(piece.shared), "unit": str(told["id"])})
        seen = [told.get(name) for name in ("first_seen_at", "last_seen_at")]
        first, last = (None if text is None else InstantText(instant_of(text).isoformat()) for text in seen)
        formats = told.get("ad_formats")
        return cls(
            id=strawberry.ID(encode(GlobalId("AdUnit", client, (key,)))),
            network=told["network"],
            ad_type=told.get("ad_type"),
            formats=None if formats is None else [str(each) for each in formats[:MOST_FORMATS]],
            first_seen=first,
            last_seen=last,
            share=number(told.get("share")),
            similarity_group=told.get("phashion_group"),
            breakdown=told.get("breakdown"),
            top_publishers=told.get("top_publishers"),
            creatives=[Creative.of(each) for each in (told.get("creatives") or ())[:MOST_CREATIVES]],
        )


@strawberry.type(
    description="A page of advertisements, as the vendor orders them. Forward only. A page ends where one of the vendor's own "
    "ends, which are 10, 50 or 100 long: it may be shorter than `first` though more follow."
)
class AdUnitConnection(Connected[AdUnit]):
    total_count: int | None = strawberry.field(description="How many there are over all pages.")
    networks: list[str] | None = strawberry.field(
        description="On which networks there are any, at most 100; null: not told.",
        metadata=costs.listed(MOST_NETWORKS),
    )


async def ad_unit_again(at: At, client: UUID, said: Mapping[str, Any]) -> AdUnit | None:
    """Where the page has changed, it may not be on it any more: None. Raises ValueError, KeyError, TypeError,
    AttributeError for an id that was never given."""
    page = {name: value for name, value in said["page"].items() if isinstance(value, str)}
    if page["os"] not in OS.values():
        raise ValueError("there is no such store")
    piece = Piece(CREATIVES.name, tuple(sorted(page.items())))
    found = await read(at, await account(at, client), CREATIVES, [piece])
    units = [] if found is None else found.kept[piece].part["units"]
    return next((AdUnit.of(client, piece, unit) for unit in units if str(unit["id"]) == said["unit"]), None)
