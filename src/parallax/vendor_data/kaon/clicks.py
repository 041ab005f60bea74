"""Kaon's clickstream of one person: read forward from an instant on, call by call, and never kept."""

import base64
import hashlib
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote

import orjson
import strawberry

from parallax.analyses.rows import Row
from parallax.connections import edges, page_info
from parallax.context import Info
from parallax.engine.frames import EVENTS
from parallax.errors import InvalidParameter, ParallaxError
from parallax.events.pages import may_see_rows, needs_editor
from parallax.events.shown import Event, EventConnection
from parallax.ids import GlobalId, canonical, encode
from parallax.moments import instant_text
from parallax.pages import Page, checked_first
from parallax.scalars import InstantText
from parallax.vendor_data.kaon.weeks import Hosted
from parallax.vendor_data.reading import At, account_of, read
from parallax.vendors.kaon import SYSTEM
from parallax.vendors.vendor import Account

MOST_CALLS: Final = 60
"""For one page: the source alone decides how many records come in a call."""
LONGEST_ID: Final = 500
MOST_OF_A_SECOND: Final = 10_000


@dataclass(slots=True)
class Stream:
    """Records from a second on, equal ones once. `start` is inclusive there: what was read last comes again."""

    at: At
    hosted: Hosted
    account: Account
    who: str
    start: int | None
    seen: set[str] = field(default_factory=set)
    found: list[dict[str, Any]] = field(default_factory=list)
    is_cut: bool = False
    """Whether it ended before its end: for want of time, or because the source failed on the way."""

    async def read(self, wanted: int, until: float = math.inf) -> None:
        """Until there are so many records, or one of a later second, or no more. Raises what is wrong where there are none."""
        ends = time.monotonic() + self.at.context.db.settings.vendor_deadline_seconds
        limit, usual, full = None, 0, 1
        for _ in range(MOST_CALLS):
            try:
                page = await self._page(limit)
            except ParallaxError as error:
                if not self.found:
                    raise
                note = f"The list ends early: {error.message}"
                self.at.context.absences.note(self.at.path, SYSTEM.name, note, error.code.value, error.retry_after_s)
                break
            self._take(page)
            last = page[-1]["timestamp"] if page else self.start
            if len(self.found) >= wanted or (last is not None and last > until):
                return
            if limit is None:
                usual = max(usual, len(page))
            if last != self.start:
                self.start, limit, full = last, None, max(1, usual)
            elif len(page) < full:
                return
            else:  # as many as ever come, and all of one second: there may be more of it
                limit, full = 2 * len(page), len(page) + 1
            if time.monotonic() > ends and self.found:
                break
        self.is_cut = True

    async def _page(self, limit: int | None) -> Sequence[dict[str, Any]]:
        endpoint = self.hosted.reads(self.at.context).clicks
        told = {"id": self.who, "start": self.start, "limit": limit}
        given = {name: str(value) for name, value in told.items() if value is not None}
        piece = endpoint.piece(self.hosted.key, None, given)
        gathered = await read(self.at, self.account, endpoint, [piece])
        assert gathered is not None, "the source has no quota that could be low"
        records: Sequence[dict[str, Any]] = gathered.kept[piece].part
        return records

    def _take(self, page: Sequence[dict[str, Any]]) -> None:
        for record in page:
            told = digest(record)
            if told not in self.seen:
                self.seen.add(told)
                self.found.append(record)


def digest(record: Mapping[str, Any]) -> str:
    """Tells records of one second apart."""
    packed = orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
    return base64.urlsafe_b64encode(hashlib.blake2b(packed, digest_size=9).digest()).decode()


async def clickstream(
    info: Info, hosted: Hosted, external_id: str, since: datetime | None, first: int, after: str | None
) -> EventConnection:
    """Oldest first. A cursor holds the second, and which of its records were shown."""
    context, size = info.context, checked_first(first)
    needs_editor(context, hosted.client)
    if not external_id or len(external_id) > LONGEST_ID or not external_id.isprintable():
        raise InvalidParameter("externalId", None, f"must have 1 to {LONGEST_ID} printable characters")
    start = None if since is None else max(0, math.ceil(since.timestamp()))
    of_list = f"kaonClicks|{hosted.client}|{canonical(hosted.named())}|{external_id}|{start}"
    place = context.cursors.read(of_list, after)
    account = await account_of(At.of(info), hosted.client, SYSTEM, hosted.link)
    stream = Stream(At.of(info), hosted, account, external_id, start)
    if place is not None:
        stream.start, stream.seen = place[0], set(place[1])
    await stream.read(size + 1)
    rows, cursors = stream.found[:size], []
    at_second = (place[0], list(place[1])) if place is not None else (None, [])
    for record in rows:
        if record["timestamp"] != at_second[0]:
            at_second = (record["timestamp"], [])
        at_second[1].append(digest(record))
        cursors.append(context.cursors.make(of_list, at_second))
    page = Page(rows, cursors, len(stream.found) > size or stream.is_cut, place is not None)
    nodes = [shown(hosted, external_id, record) for record in rows]
    return EventConnection(edges=edges(page, nodes), nodes=nodes, page_info=page_info(page), counted=_untold)


async def _untold() -> None:
    return None


def shown(hosted: Hosted, who: str, record: Mapping[str, Any]) -> Event:
    """A hit as an event of nobody: whose id it is the source does not know."""
    at_us = record["timestamp"] * 1_000_000
    key = canonical({**hosted.named(), "id": who, "at": record["timestamp"], "hit": digest(record)})
    row = Row(hosted.client, EVENTS, at_us, 0, unquote(record["path"]), 0, 0, 0, hosted.app.id, None, record)
    return Event(
        id=strawberry.ID(encode(GlobalId("KaonEvent", hosted.client, (key,)))),
        external_id=None,
        name=row.name,
        at=InstantText(instant_text(at_us, hosted.zone)),
        row=row,
    )


async def click_again(at: At, hosted: Hosted, told: Mapping[str, Any]) -> Event | None:
    """Asked for once more; null below EDITOR."""
    if not may_see_rows(at.context, hosted.client):
        return None
    who, second, hit = str(told["id"]), int(told["at"]), str(told["hit"])
    account = await account_of(at, hosted.client, SYSTEM, hosted.link)
    stream = Stream(at, hosted, account, who, second)
    await stream.read(MOST_OF_A_SECOND, until=second)
    record = next((each for each in stream.found if digest(each) == hit), None)
    return None if record is None else shown(hosted, who, record)
