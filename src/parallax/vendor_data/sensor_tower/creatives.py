"""What a product shows as advertising, page by page."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Final

import strawberry

from parallax import costs
from parallax.connections import edges, page_info
from parallax.context import Info
from parallax.errors import InvalidParameter
from parallax.ids import canonical
from parallax.links.keys import Store
from parallax.metrics.shapes import PeriodInput
from parallax.pages import Page, checked_first
from parallax.vendor_data.reading import At, read
from parallax.vendor_data.sensor_tower.ad_units import AdUnit, AdUnitConnection
from parallax.vendor_data.sensor_tower.advertising import editions_in
from parallax.vendor_data.sensor_tower.asked import DAYS_IN, ONE_CALL, SOURCE
from parallax.vendor_data.sensor_tower.keys import Named, account
from parallax.vendors.sensor_tower.creatives import CREATIVES, LIMITS
from parallax.vendors.sensor_tower.stores import joined
from parallax.vendors.sensor_tower.terms import TermKind, checked_countries, checked_terms

REFERENCE: Final = "/v1/{os}/ad_intel/creatives"
FIRST: Final = LIMITS[0]
MOST: Final = LIMITS[-1]
MOST_CREATIVES, MOST_RANGES = 100, 20


LONGEST_S: Final = 86_400


@strawberry.input(
    description="Lengths of videos: longer than `over`, up to `upTo`, in seconds. At least one of the two."
)
class SecondsRangeInput:
    over: float | None = strawberry.field(default=None, description="Excluded; absent: from the shortest on.")
    up_to: float | None = strawberry.field(default=None, description="Included; absent: to the longest.")

    def told(self, argument: str) -> str:
        """As the vendor writes it. Raises InvalidParameter."""
        low, high = self.over, self.up_to
        given = [each for each in (low, high) if each is not None]
        if not given or not all(0 <= each <= LONGEST_S for each in given) or (high is not None and high <= (low or 0)):
            told = f"must name over, upTo or both, from 0 to {LONGEST_S}, and upTo the larger one"
            raise InvalidParameter(argument, {"over": low, "upTo": high}, told)
        return ":".join("" if each is None else f"{each:g}" for each in (low, high))


OPAQUE: Final = frozenset({"breakdown", "topPublishers"})
"""What the vendor leaves out of its answer when it is told that nobody shows it."""


def _shows(info: Info, names: Collection[str]) -> bool:
    """Whether one of these is selected anywhere below."""
    rest = [*info.selected_fields]
    while rest:
        selected = rest.pop()
        if getattr(selected, "name", None) in names:
            return True
        rest += selected.selections
    return False


def _parameters(
    at: At,
    period: PeriodInput,
    lists: Mapping[str, Sequence[str] | None],
    countries: Sequence[str],
    durations: Sequence[SecondsRangeInput] | None,
    new_only: bool | None,
) -> list[tuple[str, str]]:
    """What is asked for, but which app and which page. Raises InvalidParameter."""
    days = period.resolved(at.context.today(DAYS_IN))
    told = {"start_date": days.start.isoformat(), "end_date": days.end.isoformat()}
    told["countries"] = joined(checked_countries("countries", countries))
    for argument, (name, kind) in LISTS.items():
        values = lists[argument]
        if values is not None:
            told[name] = joined(checked_terms(argument, values, kind))
    if durations is not None:
        if not 1 <= len(durations) <= MOST_RANGES:
            raise InvalidParameter("durations", len(durations), f"must be 1 to {MOST_RANGES} ranges")
        ranges = [each.told(f"durations[{place}]") for place, each in enumerate(durations)]
        told["video_durations"] = joined(ranges)
    if new_only:
        told["new_creative"] = "true"
    return list(told.items())


LISTS: Final = {
    "networks": ("networks", TermKind.NETWORK),
    "adTypes": ("ad_types", TermKind.AD_TYPE),
    "placements": ("placements", TermKind.PLACEMENT),
    "aspectRatios": ("aspect_ratios", TermKind.ASPECT_RATIO),
    "bannerDimensions": ("banner_dimensions", TermKind.BANNER_DIMENSION),
}
"""Arguments, and what the vendor calls them."""


@strawberry.type
class ProductCreatives(Named):
    @strawberry.field(
        description="What it advertises with, as it was seen in the period; null where it is not sold in the store. Each page "
        "costs a call.",
        metadata=costs.read(REFERENCE, ONE_CALL, source=SOURCE, extent=costs.Page(row=1, most=MOST)),
    )
    async def creatives(
        self,
        info: Info,
        period: Annotated[
            PeriodInput, strawberry.argument(description="Days on which it was seen, both ends included.")
        ],
        countries: Annotated[list[str], strawberry.argument(description="Where it was seen: ISO codes.")],
        networks: Annotated[list[str], strawberry.argument(description="As market.terms(kind: NETWORK) has them.")],
        ad_types: Annotated[list[str], strawberry.argument(description="As market.terms(kind: AD_TYPE) has them.")],
        store: Annotated[
            Store | None, strawberry.argument(description="Of the product, or of its editions in a store.")
        ] = Store.UNIFIED,
        placements: Annotated[
            list[str] | None, strawberry.argument(description="As market.terms(kind: PLACEMENT) has them; absent: all.")
        ] = None,
        durations: Annotated[
            list[SecondsRangeInput] | None,
            strawberry.argument(description="Videos as long as any of these; absent: all."),
        ] = None,
        aspect_ratios: Annotated[
            list[str] | None,
            strawberry.argument(
                description="As market.terms(kind: ASPECT_RATIO) has them, banners apart; absent: all."
            ),
        ] = None,
        banner_dimensions: Annotated[
            list[str] | None,
            strawberry.argument(description="Banners as market.terms(kind: BANNER_DIMENSION) has them; absent: all."),
        ] = None,
        new_only: Annotated[
            bool | None, strawberry.argument(description="Only what was first seen in the period.")
        ] = False,
        first: Annotated[
            int | None, strawberry.argument(description="Rows in the page, 1 to 100: best 10, 50 or 100.")
        ] = FIRST,
        after: Annotated[str | None, strawberry.argument(description="Cursor of the last row before the page.")] = None,
    ) -> AdUnitConnection | None:
        at, first = At.of(info), checked_first(FIRST if first is None else first, MOST)
        lists = {
            "networks": networks,
            "adTypes": ad_types,
            "placements": placements,
            "aspectRatios": aspect_ratios,
            "bannerDimensions": banner_dimensions,
        }
        chosen = _parameters(at, period, lists, countries, durations, new_only)
        store = store or Store.UNIFIED
        ids = await editions_in(at, self.named, store)
        if not ids:
            return None
        parameters = [("app_ids", joined(ids)), *chosen]
        of_list = f"creatives|{self.named.client}|{store.name}|{canonical(dict(parameters))}"
        place = at.context.cursors.read(of_list, after)
        begin = 0 if place is None else place[0] + 1
        limit = next(limit for limit in LIMITS if first <= limit)
        whole = CREATIVES.piece(store, parameters, limit, 1 + begin // limit)
        brief = [("display_breakdown", "false")]
        piece = whole if _shows(info, OPAQUE) else CREATIVES.piece(store, parameters + brief, limit, 1 + begin // limit)
        found = await read(at, await account(at, self.named.client), CREATIVES, [piece])
        if found is None:
            return None
        part = found.kept[piece].part
        rows = part["units"][begin % limit :][:first]
        shown = Page(
            rows,
            [at.context.cursors.make(of_list, [begin + row]) for row in range(len(rows))],
            has_next=bool(rows) and begin + len(rows) < part["count"],
            has_previous=place is not None,
        )
        nodes = [AdUnit.of(self.named.client, whole, unit) for unit in rows]

        async def counted() -> float:
            return float(part["count"])

        return AdUnitConnection(
            edges=edges(shown, nodes),
            nodes=nodes,
            page_info=page_info(shown),
            counted=counted,
            total_count=part["count"],
            networks=None if part["networks"] is None else part["networks"][:100],
        )
