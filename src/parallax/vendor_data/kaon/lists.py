"""Kaon's lists: the weeks that there are, durations and items of one week."""

from datetime import date
from typing import Final
from urllib.parse import unquote

import strawberry

from parallax.pages import checked_first
from parallax.scalars import DayText
from parallax.vendor_data.kaon.weeks import Hosted, day_text, one_week, saturday_of, today_of
from parallax.vendor_data.reading import At, account_of, read
from parallax.vendors.kaon import SYSTEM, Read, sunday_of
from parallax.vendors.kaon_names import Bucket
from parallax.vendors.pieces import Kept

MOST_WEEKS: Final = 2000


@strawberry.type(description="A week as Kaon counts them.")
class KaonWeek:
    number: int = strawberry.field(description="Weeks since the one that began on 2012-01-01, which is 0.")
    label: str | None = strawberry.field(
        description="What the source calls it; it is for people, and may change its form."
    )
    start: DayText = strawberry.field(description="Its Sunday.")
    end: DayText = strawberry.field(description="Its Saturday, included.")


@strawberry.type(description="Engagements of like length.")
class DurationBucket:
    code: int = strawberry.field(description="The source's number for the length.")
    label: str = strawberry.field(description="The length in words; `bucket N` for a number that is not known.")
    from_seconds: float | None = strawberry.field(
        description="Least length, included; null where the number is not known."
    )
    to_seconds: float | None = strawberry.field(
        description="Length that is not reached; null where there is no end, or the number is not known."
    )
    count: float = strawberry.field(description="Engagements of the week that were so long; 0: none.")


@strawberry.type(description="An item of an app, and how often it was hit.")
class KaonItem:
    path: str = strawberry.field(description="Its path as the source writes it, percent-encoded: for `itemHits`.")
    name: str = strawberry.field(description="Its path decoded, for people.")
    count: float = strawberry.field(description="Hits in the week.")


async def weeks(at: At, hosted: Hosted) -> list[KaonWeek] | None:
    kept = await _one(at, hosted, hosted.reads(at.context).weeks, None)
    return (
        None
        if kept is None
        else [
            KaonWeek(number=week, label=label, start=day_text(sunday_of(week)), end=day_text(saturday_of(week)))
            for week, label in kept.part[-MOST_WEEKS:]
        ]
    )


async def durations(at: At, hosted: Hosted, day: date | None) -> list[DurationBucket] | None:
    known = hosted.reads(at.context)
    kept = await _one(at, hosted, known.engagement, one_week(day, today_of(at.context)))
    if kept is None:
        return None
    counts: dict[int, float] = {}
    for code, count in kept.part:
        counts[code] = counts.get(code, 0.0) + count
    named = {bucket.code: bucket for bucket in known.names.buckets}
    return [
        DurationBucket(
            code=bucket.code,
            label=bucket.label,
            from_seconds=bucket.begins_s,
            to_seconds=bucket.ends_s,
            count=float(counts.get(bucket.code, 0.0)),
        )
        for bucket in (*named.values(), *(Bucket.unknown(code) for code in sorted(counts.keys() - named.keys())))
    ]


async def items(at: At, hosted: Hosted, day: date | None, first: int) -> list[KaonItem] | None:
    size, week = checked_first(first), one_week(day, today_of(at.context), lowest=0)
    kept = await _one(at, hosted, hosted.reads(at.context).hits, week)
    if kept is None:
        return None
    counts: dict[str, float] = {}
    for path, _, count, _ in kept.part:
        counts[path] = counts.get(path, 0.0) + count
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [KaonItem(path=path, name=unquote(path), count=float(count)) for path, count in most[:size]]


async def _one(at: At, hosted: Hosted, of: Read, week: int | None) -> Kept | None:
    """The answer of one call; None where little is left of the quota and the caller wants nothing then."""
    piece = of.piece(hosted.key, week)
    found = await read(at, await account_of(at, hosted.client, SYSTEM, hosted.link), of, [piece])
    return None if found is None else found.kept[piece]
