"""What the analyses of one operation read: all of it as of one instant, each round in a handful of statements."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

import orjson

from parallax.db import Transaction
from parallax.engine import requests, unions
from parallax.engine.bitmaps import BitMap, deserialized
from parallax.engine.caches import Kept
from parallax.engine.columns import Numbers
from parallax.engine.dayreader import DayReader, wanted
from parallax.engine.dayrows import DayRows
from parallax.engine.distinct import counted_spans, numbers_of
from parallax.engine.known import Known
from parallax.engine.planereader import PlaneReader
from parallax.engine.requests import Request
from parallax.engine.scans import Scanner
from parallax.engine.sessionfacts import SessionReader
from parallax.engine.storedrows import StoredRows
from parallax.engine.tallies import days_of, tallied
from parallax.engine.timereader import TimelineReader
from parallax.engine.usersessions import UserSessionReader
from parallax.scopes import Statement, statement

ACTOR_NAMES = statement(__file__, "actor_names")
SESSION_NAMES = statement(__file__, "session_names")
TRAIT_VALUES = statement(__file__, "trait_values")
R = TypeVar("R")
Asked = tuple[UUID, R]


class Snapshot:
    """Answers rounds of requests. `known` has the clients that are there."""

    def __init__(self, transaction: Transaction, kept: Kept, known: Mapping[UUID, Known]) -> None:
        self._transaction, self._known = transaction, known
        self._stored = StoredRows(transaction)
        folded = {client: each.folded for client, each in known.items()}
        self._folded_days = DayReader(transaction, kept, folded, self._stored)
        self._days = DayReader(transaction, kept, known, self._stored)
        self._scans = Scanner(transaction, kept, known)
        self._planes = PlaneReader(transaction, kept, known)
        self._sessions = SessionReader(transaction, kept, known)
        self._timelines = TimelineReader(transaction, kept, known, self._scans)
        self._kept = kept
        self._ways: dict[type, Callable[[Sequence[Asked[Any]]], Awaitable[Sequence[Any]]]] = {
            requests.Days: self._day_rows,
            requests.AllDays: self._all_day_rows,
            requests.Distinct: self._distinct,
            requests.Unions: self._unions,
            requests.Made: self._made,
            requests.Tally: self._tally,
            requests.Scan: self._scans.scan,
            requests.Columns: self._planes.columns,
            requests.Sessions: self._sessions.sessions,
            requests.SessionsByUser: UserSessionReader(transaction, kept, known, self._sessions).counts,
            requests.ExternalIds: self._external_ids,
            requests.SessionIds: self._session_ids,
            requests.Trait: self._trait,
            requests.Timelines: self._timelines.timelines,
            requests.Unsettled: self._timelines.unsettled,
            requests.Spans: self._timelines.spans,
        }

    async def round(self, asked: Sequence[tuple[UUID, Request]]) -> list[Any]:
        """The answers, in order; equal requests are one."""
        places: dict[type, dict[tuple[UUID, Request], list[int]]] = {}
        for place, one in enumerate(asked):
            places.setdefault(type(one[1]), {}).setdefault(one, []).append(place)
        if len(asked) > 1:  # all kinds' days together; a single request reads its own
            await self._stored.of([wanted(client, days) for client, each in asked for days in days_behind(each)])
        answers: list[Any] = [None] * len(asked)
        for kind, ones in places.items():
            for found, where in zip(await self._ways[kind](list(ones)), ones.values(), strict=True):
                for place in where:
                    answers[place] = found
        return answers

    async def _day_rows(self, asked: Sequence[Asked[requests.Days]]) -> list[DayRows]:
        rows = await self._days.days(asked)
        fresh = [
            (client, request.scope, request.event, each)
            for (client, request), each in zip(asked, rows, strict=True)
            if "starts" in request.numbers
        ]
        await self._sessions.add_starts(fresh)
        return rows

    async def _all_day_rows(self, asked: Sequence[Asked[requests.AllDays]]) -> list[dict[int, DayRows]]:
        found = await self._days.all_days(asked)
        fresh = [
            (client, request.scope, event, each)
            for (client, request), rows in zip(asked, found, strict=True)
            if "starts" in request.numbers
            for event, each in rows.items()
        ]
        await self._sessions.add_starts(fresh)
        return found

    async def _distinct(self, asked: Sequence[Asked[requests.Distinct]]) -> list[list[int]]:
        return await counted_spans(self._days, self._kept, asked)

    async def _unions(self, asked: Sequence[Asked[requests.Unions]]) -> list[list[BitMap]]:
        return await unions.united(self._days, self._kept, asked)

    async def _made(self, asked: Sequence[Asked[requests.Made]]) -> list[Numbers]:
        return await unions.made(self._days, self._kept, asked)

    async def _tally(self, asked: Sequence[Asked[requests.Tally]]) -> list[Any]:
        waiting = [
            self._known[client].tail.touched(request.scope, request.event, request.first, request.last).values()
            for client, request in asked
        ]
        return list(await tallied(self._folded_days, self._kept, asked, waiting))

    async def _external_ids(self, asked: Sequence[Asked[requests.ExternalIds]]) -> list[dict[int, str]]:
        return await self._looked_up(ACTOR_NAMES, [(client, request.actors) for client, request in asked])

    async def _session_ids(self, asked: Sequence[Asked[requests.SessionIds]]) -> list[dict[int, str]]:
        return await self._looked_up(SESSION_NAMES, [(client, request.numbers) for client, request in asked])

    async def _looked_up(self, by: Statement, asked: Sequence[tuple[UUID, Sequence[Any]]]) -> list[dict[Any, Any]]:
        """Rows of (client, key, value), for all keys of all asks at once."""
        pairs = list(dict.fromkeys((client, key) for client, keys in asked for key in keys))
        found: dict[UUID, dict[Any, Any]] = {}
        if pairs:
            for client, key, value in await self._transaction.rows(by, *map(list, zip(*pairs, strict=True))):
                found.setdefault(client, {})[key] = value
        return [
            {key: mine[key] for key in keys if key in mine}
            for client, keys in asked
            for mine in (found.get(client, {}),)
        ]

    async def _trait(self, asked: Sequence[Asked[requests.Trait]]) -> list[list[tuple[Any, Any]]]:
        names = [request.name for _, request in asked]
        rows = await self._transaction.rows(TRAIT_VALUES, [client for client, _ in asked], names)
        answers: list[list[tuple[Any, Any]]] = [[] for _ in asked]
        for number, value, bits in rows:
            answers[number - 1].append((orjson.loads(value), deserialized(bits)))
        return answers


def days_behind(request: Request) -> Iterator[requests.Days]:
    """The days whose numbers a request begins with."""
    for each in requests.of_days(request):
        match each:
            case requests.Days():
                yield each
            case requests.Distinct():
                yield numbers_of(each)
            case requests.Unions():
                yield unions.numbers_of(each)
            case requests.Tally():
                yield days_of(each)
