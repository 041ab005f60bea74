"""What a snapshot knows of its clients before any block is read: where they stand, their tails, names, who is who.

All of it is kept between requests by version; a request reads what is newer than what is kept.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias
from uuid import UUID

from parallax.db import Record, Transaction
from parallax.engine.caches import Kept
from parallax.engine.counted import Counted
from parallax.engine.frames import Frame, loaded
from parallax.engine.standing import NOBODY, NameList, People, Standing
from parallax.engine.tails import Fields, Tail, living, longer
from parallax.scopes import statement

CLIENT_STANDINGS = statement(__file__, "client_standings")
TAIL_ROWS = statement(__file__, "tail_rows")
LINKS_SINCE = statement(__file__, "links_since")
NAMES_SINCE = statement(__file__, "names_since")
APP_NUMBERS = statement(__file__, "app_numbers")
COUNTED_FIELDS = statement(__file__, "counted_fields")
INLINE_EVENTS = 5_000
"""More than these are derived beside the event loop."""


@dataclass(frozen=True, slots=True)
class Known:
    standing: Standing
    people: People
    names: NameList
    apps: dict[UUID, int]
    fields: Fields
    tail: Tail

    @property
    def folded(self) -> "Known":
        """As if nothing waited to be folded."""
        return replace(self, tail=Tail(self.standing, self.tail.known, self.tail.fields))

    def living(self, frame: Frame) -> Frame:
        """The rows that are not of erased users."""
        return living(frame, self.people)


Before: TypeAlias = Mapping[UUID, Known | None]


async def known_of(transaction: Transaction, kept: Kept, clients: Sequence[UUID]) -> dict[UUID, Known]:
    """By client; one that is not there is absent."""
    found: dict[UUID, Known] = {}
    before: dict[UUID, Known | None] = {}
    stale = []
    for row in await transaction.rows(CLIENT_STANDINGS, list(clients)):
        standing = Standing(*row)
        known: Known | None = kept.get(("known", standing.client), None)
        if known is not None and known.standing == standing:
            found[standing.client] = known
        else:
            before[standing.client] = known
            stale.append(standing)
    if stale:
        for known in await _read(transaction, stale, before):
            found[known.standing.client] = known
            _keep(kept, known)
    return found


def known_before(kept: Kept, clients: Sequence[UUID]) -> dict[UUID, Known]:
    """As they were when somebody asked last; those that nobody has asked about are absent."""
    found = ((client, kept.get(("known", client), None)) for client in clients)
    return {client: known for client, known in found if known is not None}


def _keep(kept: Kept, known: Known) -> None:
    """Unless a request with a later snapshot has kept its own meanwhile."""
    key = ("known", known.standing.client)
    held: Known | None = kept.get(key, None)
    if held is None or held.standing.position <= known.standing.position:
        tail_bytes = sum(50 * len(frame) for _, frame in known.tail.frames)
        kept.put(key, None, known, 1_000 + known.people.canonical.nbytes + 200 * len(known.names.names) + tail_bytes)


async def _read(transaction: Transaction, stale: Sequence[Standing], before: Before) -> list[Known]:
    people = await _people(transaction, stale, before)
    names, apps = await _names(transaction, stale, before)
    fields = await _fields(transaction, stale, before)
    tails = await _tails(transaction, stale, before, people, fields)
    return [
        Known(standing, people[client], names[client], apps[client], fields[client], tails[client])
        for standing in stale
        for client in (standing.client,)
    ]


async def _people(transaction: Transaction, stale: Sequence[Standing], before: Before) -> dict[UUID, People]:
    found: dict[UUID, People] = {}
    for standing in stale:
        held = before[standing.client]
        found[standing.client] = held.people if held is not None and held.people.links <= standing.links else NOBODY
    newer = [standing for standing in stale if found[standing.client].links < standing.links]
    if not newer:
        return found
    clients = [standing.client for standing in newer]
    changes: dict[UUID, dict[int, int | None]] = defaultdict(dict)
    for client, actor, user in await transaction.rows(
        LINKS_SINCE, clients, [found[client].links for client in clients]
    ):
        changes[client][actor] = user
    for standing in newer:
        found[standing.client] = found[standing.client].since(standing.links, changes[standing.client])
    return found


async def _names(
    transaction: Transaction, stale: Sequence[Standing], before: Before
) -> tuple[dict[UUID, NameList], dict[UUID, dict[UUID, int]]]:
    """Names of events, numbers of apps: there are new ones only where something was accepted."""
    names: dict[UUID, NameList] = {}
    apps: dict[UUID, dict[UUID, int]] = {}
    newer = []
    for standing in stale:
        client, held = standing.client, before[standing.client]
        names[client] = NameList({}, {}) if held is None else held.names
        apps[client] = {} if held is None else held.apps
        if held is None or held.standing.position != standing.position:
            newer.append(client)
    if newer:
        last = [names[client].last for client in newer]
        for client, number, stream, name in await transaction.rows(NAMES_SINCE, newer, last):
            names[client].numbers[stream, name] = number
            names[client].names[number] = name
        for client, number, app in await transaction.rows(APP_NUMBERS, newer):
            apps[client][app] = number
    return names, apps


async def _fields(transaction: Transaction, stale: Sequence[Standing], before: Before) -> dict[UUID, Fields]:
    """Counted fields and their codes, as the last fold left them."""
    found: dict[UUID, Fields] = {}
    newer = []
    for standing in stale:
        held = before[standing.client]
        if held is not None and held.standing.generation == standing.generation:
            found[standing.client] = held.fields
        else:
            newer.append(standing.client)
    if newer:
        rows = await transaction.rows(COUNTED_FIELDS, newer)
        for client in newer:
            found[client] = fields_of(row for row in rows if row["client_id"] == client)
    return found


async def _tails(
    transaction: Transaction,
    stale: Sequence[Standing],
    before: Before,
    people: Mapping[UUID, People],
    fields: Mapping[UUID, Fields],
) -> dict[UUID, Tail]:
    tails: dict[UUID, Tail] = {}
    for standing in stale:
        held = before[standing.client]
        usable = held is not None and held.tail.continues(standing)
        fresh = Tail(standing, standing.folded, fields[standing.client])
        tails[standing.client] = held.tail if held is not None and usable else fresh
    longing = [standing for standing in stale if tails[standing.client].known < standing.position]
    if not longing:
        return tails
    clients = [standing.client for standing in longing]
    rows = await transaction.rows(TAIL_ROWS, clients, [tails[client].known for client in clients])
    for standing in longing:
        client = standing.client
        mine = [row for row in rows if row["client_id"] == client]

        def derived(tail: Tail = tails[client], standing: Standing = standing, mine: list[Record] = mine) -> Tail:
            frames = [(row["stream"], loaded(row["core"], row["ids"], row["fields"])) for row in mine]
            return longer(tail, standing, frames, people[standing.client])

        large = sum(row["events"] for row in mine) > INLINE_EVENTS
        tails[client] = await asyncio.to_thread(derived) if large else derived()
    return tails


def fields_of(rows: Iterable[Record]) -> Fields:
    """Of one client, out of rows of `counted_fields`."""
    found: dict[int, dict[str, Counted]] = defaultdict(dict)
    codes: dict[tuple[int, str], dict[bytes, int]] = defaultdict(dict)
    for row in rows:
        stream, name = row["stream"], row["field"]
        if row["code"] is not None:
            codes[stream, name][row["value"].encode()] = row["code"]
        found[stream][name] = Counted(row["number"], row["counted"], codes[stream, name])
    return found
