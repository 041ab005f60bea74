"""Reads named columns of named events: of folded segments only the planes that nobody has read yet, and the tail.

What a segment holds is known from its directory, which is read first. Then all planes that are missing come together, those
that lie near each other as one piece.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np

from parallax.db import Transaction
from parallax.engine.caches import Kept
from parallax.engine.columns import Numbers
from parallax.engine.directory import Directory
from parallax.engine.frames import Frame, loaded
from parallax.engine.known import Known
from parallax.engine.parts import Part, Rows, on_the_hour
from parallax.engine.requests import Columns
from parallax.engine.scans import INLINE_EVENTS, Head, Place, blocks_of_segments, heads_of
from parallax.engine.shelves import Body, Piece, Shelf
from parallax.engine.standing import ERASED, People
from parallax.engine.values import MOST_INTERNED, Interned
from parallax.scopes import statement

DIRECTORIES_OF_SEGMENTS = statement(__file__, "directories_of_segments")
PLANES_OF_SEGMENTS = statement(__file__, "planes_of_segments")
AT_ONCE: Final = 32 * 2**20
"""Bytes of planes that are read by one statement, and one more segment's."""
INLINE_BYTES: Final = 2**19
"""More than these are opened beside the event loop."""
OLD: Final = ("event", "at", "actor", "app")
"""Columns that are looked at of rows that are not laid out as planes, whatever was asked for."""


@dataclass(slots=True)
class _Want:
    """What is to be opened of a segment."""

    head: Head
    shelf: Shelf
    keys: dict[tuple[int, str], None] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)


class _Look(NamedTuple):
    """A request at one segment: the columns that it takes."""

    head: Head
    shelf: Shelf
    names: tuple[str, ...]


class PlaneReader:
    def __init__(self, transaction: Transaction, kept: Kept, known: Mapping[UUID, Known]) -> None:
        self._transaction, self._kept, self._known = transaction, kept, known

    async def columns(self, asked: Sequence[tuple[UUID, Columns]]) -> list[list[Rows]]:
        """Rows of each request, of all parts: oldest segments first, the tail last."""
        looks = await self._looks(asked)
        await self._complete(asked, looks)
        answers = []
        for (client, request), each in zip(asked, looks, strict=True):
            known = self._known[client]
            parts = [part for look in each for part in look.shelf.parts[request.events, look.names]]
            parts += [
                Part.of(frame, request.core.union(OLD), request.fields)
                for frame in known.tail.of(request.stream)
                if len(frame)
            ]

            def narrowed(parts: list[Part] = parts, request: Columns = request, known: Known = known) -> list[Rows]:
                return [_inside(part, request, known.people) for part in parts]

            large = sum(part.rows for part in parts if _is_cut(part, request, known.people)) > INLINE_EVENTS
            answers.append(await asyncio.to_thread(narrowed) if large else narrowed())
        return answers

    async def weighed(self, asked: Sequence[tuple[UUID, Columns]]) -> list[dict[Place, tuple[int, int, bool]]]:
        """Of each request and each segment with planes: rows, bytes that it would take of it, and whether all is here."""
        found = []
        for (_, request), looks in zip(asked, await self._looks(asked), strict=True):
            mine = {}
            for head, shelf, names in looks:
                if shelf.directory is not None:
                    keys = Shelf(shelf.directory).missing(request.events, names)
                    size = sum(ends - begins for _, begins, ends in Shelf(shelf.directory).pieces(keys))
                    is_here = not shelf.missing(request.events, names)
                    mine[head.place] = shelf.rows(request.events), size, is_here
            found.append(mine)
        return found

    # ------------------------------------------------------------ segments
    async def _looks(self, asked: Sequence[tuple[UUID, Columns]]) -> list[list[_Look]]:
        heads = await heads_of(self._transaction, asked)
        shelves = await self._shelves([head for each in heads for head in each])
        looks = []
        for (client, request), mine in zip(asked, heads, strict=True):
            whole, parted = _names(request, self._known[client].people)
            looks.append([_look(request, head, shelves[head.place], whole, parted) for head in mine])
        return looks

    async def _shelves(self, heads: Sequence[Head]) -> dict[Place, Shelf]:
        found: dict[Place, Shelf] = {}
        missing: dict[Place, Head] = {}
        held = self._kept.several([(_key(head), head.version) for head in heads])
        for head, shelf in zip(heads, held, strict=True):
            if shelf is None:
                missing[head.place] = head
            else:
                found[head.place] = shelf
        if missing:
            places = list(missing)
            for row in await self._transaction.rows(DIRECTORIES_OF_SEGMENTS, *map(list, zip(*places, strict=True))):
                place, chunks = places[row["number"] - 1], row["chunks"]
                directory = None if chunks is None else Directory(chunks)
                found[place] = Shelf(directory, nbytes=1_000 if directory is None else directory.nbytes)
                self._keep(missing[place], found[place])
        return found

    def _keep(self, head: Head, shelf: Shelf) -> None:
        self._kept.put(_key(head), head.version, shelf, shelf.nbytes)

    def _interned(self, wants: Sequence[_Want]) -> dict[tuple[UUID, int], dict[str, Interned]]:
        """By client and stream what the values of the fields that are wanted are numbered by."""
        found: dict[tuple[UUID, int], dict[str, Interned]] = {}
        for want in wants:
            mine = found.setdefault(want.head.place[:2], {})
            for _, name in want.keys:
                if name[0] == ":" and name not in mine:
                    key = ("interned", *want.head.place[:2], name)
                    held: Interned | None = self._kept.get(key, None)
                    mine[name] = Interned() if held is None or len(held) > MOST_INTERNED else held
                    self._kept.put(key, None, mine[name], mine[name].nbytes)
        return found

    async def _complete(self, asked: Sequence[tuple[UUID, Columns]], looks: Sequence[Sequence[_Look]]) -> None:
        """Opens what is asked for and not there, and makes the parts of it."""
        wants: dict[Place, _Want] = {}
        lacking = []
        for (_, request), each in zip(asked, looks, strict=True):
            for look in each:
                if (request.events, look.names) not in look.shelf.parts:
                    lacking.append((request, look))
                    keys = look.shelf.missing(request.events, look.names)
                    wants.setdefault(look.head.place, _Want(look.head, look.shelf)).keys |= dict.fromkeys(keys)
        batch: list[_Want] = []
        size = 0
        for want in wants.values():
            if want.shelf.directory is not None:
                want.pieces = want.shelf.pieces(want.keys)
            batch.append(want)
            size += sum(ends - begins for _, begins, ends in want.pieces)
            if size >= AT_ONCE:
                await self._open(batch, size)
                batch, size = [], 0
        if batch:
            await self._open(batch, size)
        for request, look in lacking:
            head = look.head
            look.shelf.part(request.events, look.names, head.first_at, head.last_at, head.events)

    async def _open(self, wants: Sequence[_Want], size: int) -> None:
        bodies: dict[Place, list[Body]] = {want.head.place: [] for want in wants}
        asked = [(want.head.place, piece) for want in wants for piece in want.pieces]
        if asked:
            columns = [(*place, of_core, begins + 1, ends - begins) for place, (of_core, begins, ends) in asked]
            for row in await self._transaction.rows(PLANES_OF_SEGMENTS, *map(list, zip(*columns, strict=True))):
                place, piece = asked[row["number"] - 1]
                bodies[place].append((piece, np.frombuffer(row["piece"], np.uint8)))
        frames = await self._frames([want for want in wants if want.shelf.directory is None and want.keys])
        interned = self._interned(wants)

        def opened() -> None:
            for want in wants:
                place = want.head.place
                if place in frames:
                    want.shelf.add(frames[place], (name for _, name in want.keys))
                elif want.keys:
                    want.shelf.open(want.keys, bodies[place], interned[place[:2]])

        await asyncio.to_thread(opened) if size > INLINE_BYTES or frames else opened()
        for want in wants:
            self._keep(want.head, want.shelf)

    async def _frames(self, wants: Sequence[_Want]) -> dict[Place, Frame]:
        """Of segments without planes: what every event has, and fields where some are wanted."""
        frames: dict[Place, Frame] = {}
        for fields in (False, True):
            places = [want.head.place for want in wants if fields == any(name[0] == ":" for _, name in want.keys)]
            if places:
                asked = blocks_of_segments(("core", "fields") if fields else ("core",))
                for row in await self._transaction.rows(asked, *map(list, zip(*places, strict=True))):
                    frames[places[row["number"] - 1]] = loaded(row["core"], fields=row["fields"] if fields else None)
        return frames


def _key(head: Head) -> tuple[object, ...]:
    client, *place = head.place
    return ("shelf", client.int, *place)  # which is hashed faster


def _names(request: Columns, people: People) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns that an answer takes of a segment, and of one of which instants have to tell where it is parted."""
    core = set(request.core)
    if request.events is not None:
        core.discard("event")
    if people.any_erased:
        core.add("actor")
    if request.app is not None:
        core.add("app")
    fields = [f":{name}" for name in request.fields]
    return (*sorted(core), *fields), (*sorted(core | {"at"}), *fields)


def _look(request: Columns, head: Head, shelf: Shelf, whole: tuple[str, ...], parted: tuple[str, ...]) -> _Look:
    edges = (*head.parted_at((request.from_us, request.to_us)), *head.parted_at(request.cuts))
    has_hours = shelf.directory is not None and shelf.directory.has_hours and request.events is not None
    names = whole if not edges or (has_hours and all(map(on_the_hour, edges))) else parted
    return _Look(head, shelf, names if shelf.directory is not None else tuple(sorted({*names, *OLD})))


def _is_cut(part: Part, request: Columns, people: People) -> bool:
    """Whether only some of its rows may be asked about."""
    is_mixed = part.event is None and request.events is not None
    is_parted = part.first_at < request.from_us or part.last_at >= request.to_us
    return is_mixed or is_parted or request.app is not None or people.any_erased


def _inside(part: Part, request: Columns, people: People) -> Rows:
    """The rows that a request is about."""
    rows = Rows(part, people)
    if not _is_cut(part, request, people):
        return rows
    if part.event is None and request.events is not None:
        rows.keep_rows(np.isin(rows.event, request.events))
    if part.first_at < request.from_us or part.last_at >= request.to_us:
        bounds = part.bounds((request.from_us, request.to_us))
        rows.keep_rows(_within(rows.at, request) if bounds is None else np.arange(*bounds))
    if request.app is not None:
        rows.keep_rows(rows.app == request.app)
    if people.any_erased:
        rows.keep_rows(rows.users != ERASED)
    return rows


def _within(at: Numbers, request: Columns) -> Numbers:
    within: Numbers = (at >= request.from_us) & (at < request.to_us)
    return within
