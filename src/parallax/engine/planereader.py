"""Reads named columns of named events: of folded segments only the planes that nobody has read yet, and the tail.

What a segment holds is known from its directory, which is read first. Then all planes that are missing come together, those
that lie near each other as one piece.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import numpy as np

from parallax.db import Transaction
from parallax.engine.caches import Kept
from parallax.engine.columns import Numbers
from parallax.engine.days import ANY
from parallax.engine.frames import Frame, loaded
from parallax.engine.known import Known
from parallax.engine.parts import Part, Rows
from parallax.engine.planes import Directory
from parallax.engine.requests import Columns
from parallax.engine.scans import INLINE_EVENTS, Head, Place, blocks_of_segments, heads_of
from parallax.engine.shelves import Key, Piece, Shelf
from parallax.engine.standing import ERASED
from parallax.engine.values import MOST_INTERNED, Interned
from parallax.scopes import statement

DIRECTORIES_OF_SEGMENTS = statement(__file__, "directories_of_segments")
PLANES_OF_SEGMENTS = statement(__file__, "planes_of_segments")
AT_ONCE: Final = 32 * 2**20
"""Bytes of planes that are read by one statement, and one more segment's."""
INLINE_BYTES: Final = 2**19
"""More than these are opened beside the event loop."""
OLD = ("event", "at", "actor", "app")
"""Columns that are looked at of a segment without planes, whatever was asked for."""


@dataclass(slots=True)
class _Want:
    """What is to be opened of a segment."""

    head: Head
    shelf: Shelf
    names: dict[Key, None] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(piece.ends - piece.begins for piece in self.pieces)


class PlaneReader:
    def __init__(self, transaction: Transaction, kept: Kept, known: Mapping[UUID, Known]) -> None:
        self._transaction, self._kept, self._known = transaction, kept, known

    async def columns(self, asked: Sequence[tuple[UUID, Columns]]) -> list[list[Rows]]:
        """Rows of each request, oldest segments first, the tail last."""
        heads = await heads_of(self._transaction, asked)
        shelves = await self._shelves({head.place: head for each in heads for head in each})
        await self._complete(asked, heads, shelves)
        answers = []
        for (client, request), mine in zip(asked, heads, strict=True):
            known = self._known[client]
            parts = [part for head in mine for part in _parts(request, head, shelves[head.place], known)]
            parts += [
                Part.of(frame, request.core.union(OLD), request.fields)
                for frame in known.tail.of(request.stream)
                if len(frame)
            ]

            def narrowed(parts: list[Part] = parts, request: Columns = request, known: Known = known) -> list[Rows]:
                return [rows for part in parts if (rows := _inside(part, request, known)) is not None]

            large = sum(part.rows for part in parts) > INLINE_EVENTS
            answers.append(await asyncio.to_thread(narrowed) if large else narrowed())
        return answers

    # ------------------------------------------------------------ segments
    async def _shelves(self, heads: Mapping[Place, Head]) -> dict[Place, Shelf]:
        found: dict[Place, Shelf] = {}
        for place, head in heads.items():
            shelf = self._kept.get((*place, "shelf"), head.version)
            if shelf is not None:
                found[place] = shelf
        places = [place for place in heads if place not in found]
        if places:
            for row in await self._transaction.rows(DIRECTORIES_OF_SEGMENTS, *map(list, zip(*places, strict=True))):
                place, chunks = places[row["number"] - 1], row["chunks"]
                directory = None if chunks is None else Directory(chunks)
                found[place] = Shelf(directory, nbytes=1_000 if directory is None else directory.nbytes)
                self._keep(heads[place], found[place])
        return found

    def _keep(self, head: Head, shelf: Shelf) -> None:
        self._kept.put((*head.place, "shelf"), head.version, shelf, shelf.nbytes)

    def interned(self, client: UUID, stream: int, names: Iterable[str]) -> dict[str, Interned]:
        """Those that values of fields are numbered by."""
        found = {}
        for name in names:
            key = (client, stream, "interned", name)
            held: Interned | None = self._kept.get(key, None)
            if held is None or len(held) > MOST_INTERNED:
                held = Interned()
            self._kept.put(key, None, held, held.nbytes)
            found[name] = held
        return found

    async def _complete(
        self, asked: Sequence[tuple[UUID, Columns]], heads: Sequence[Sequence[Head]], shelves: Mapping[Place, Shelf]
    ) -> None:
        """Opens what of the shelves is asked for and not there."""
        wants: dict[Place, _Want] = {}
        for (client, request), mine in zip(asked, heads, strict=True):
            erased = self._known[client].people.any_erased
            for head in mine:
                shelf, names = shelves[head.place], _names(request, head, erased)
                if shelf.directory is None:
                    keys = [(ANY, name) for name in (*names, *OLD) if (ANY, name) not in shelf.columns]
                else:
                    keys = shelf.missing(request.events, names)
                if keys:
                    wants.setdefault(head.place, _Want(head, shelf)).names |= dict.fromkeys(keys)
        batch: list[_Want] = []
        for want in wants.values():
            if want.shelf.directory is not None:
                want.pieces = want.shelf.pieces(want.names)
            batch.append(want)
            if sum(each.size for each in batch) >= AT_ONCE:
                await self._open(batch)
                batch = []
        if batch:
            await self._open(batch)

    async def _open(self, wants: Sequence[_Want]) -> None:
        asked = [(want.head.place, piece) for want in wants for piece in want.pieces]
        bodies: dict[Place, list[tuple[Piece, bytes]]] = {want.head.place: [] for want in wants}
        if asked:
            columns = [(*place, each.of_core, each.begins + 1, each.ends - each.begins) for place, each in asked]
            rows = await self._transaction.rows(PLANES_OF_SEGMENTS, *map(list, zip(*columns, strict=True)))
            for row in sorted(rows, key=lambda row: row["number"]):
                place, piece = asked[row["number"] - 1]
                bodies[place].append((piece, row["piece"]))
        frames = await self._frames([want for want in wants if want.shelf.directory is None])
        interned = {place[:2]: self.interned(*place[:2], names) for place, names in _names_of_streams(wants).items()}

        def opened() -> None:
            for want in wants:
                place = want.head.place
                if want.shelf.directory is None:
                    want.shelf.add(frames[place], (name for _, name in want.names))
                else:
                    want.shelf.open(want.names, bodies[place], interned[place[:2]])

        if sum(want.size for want in wants) > INLINE_BYTES or frames:
            await asyncio.to_thread(opened)
        else:
            opened()
        for want in wants:
            self._keep(want.head, want.shelf)

    async def _frames(self, wants: Sequence[_Want]) -> dict[Place, Frame]:
        """Of segments without planes: what every event has, and fields where some are wanted."""
        frames: dict[Place, Frame] = {}
        for fields in (False, True):
            mine = [want for want in wants if fields == any(name[0] == ":" for _, name in want.names)]
            if not mine:
                continue
            places = [want.head.place for want in mine]
            asked = blocks_of_segments(("core", "fields") if fields else ("core",))
            for row in await self._transaction.rows(asked, *map(list, zip(*places, strict=True))):
                frames[places[row["number"] - 1]] = loaded(row["core"], fields=row["fields"] if fields else None)
        return frames


def _names(request: Columns, head: Head, erased: bool) -> list[str]:
    """Columns of a segment that an answer takes."""
    names = set(request.core - {"event"})
    if head.is_parted(request.from_us, request.to_us, request.cuts):
        names.add("at")
    if erased:
        names.add("actor")
    if request.app is not None:
        names.add("app")
    return [*names, *(f":{name}" for name in request.fields)]


def _names_of_streams(wants: Sequence[_Want]) -> dict[tuple[UUID, int], set[str]]:
    """The fields that are wanted of a client's stream."""
    found: dict[tuple[UUID, int], set[str]] = {}
    for want in wants:
        names = {name for _, name in want.names if name[0] == ":"}
        found.setdefault(want.head.place[:2], set()).update(names)
    return found


def _parts(request: Columns, head: Head, shelf: Shelf, known: Known) -> Iterable[Part]:
    directory, names = shelf.directory, _names(request, head, known.people.any_erased)
    if directory is None:
        yield _part(shelf, head, head.events, None, ANY, {*names, *OLD})
    elif request.events is None:
        part = _part(shelf, head, head.events, None, ANY, names)
        if "event" in request.core:
            part.core["event"] = np.repeat(np.array(directory.events, np.int32), directory.rows)
        yield part
    else:
        for number in request.events:
            if number in directory.events:
                yield _part(shelf, head, shelf.event(number).rows, number, number, names)


def _part(shelf: Shelf, head: Head, rows: int, event: int | None, key: int, names: Iterable[str]) -> Part:
    columns = {name: column for name in names if (column := shelf.columns.get((key, name))) is not None}
    core = {name: column for name, column in columns.items() if isinstance(column, np.ndarray)}
    fields = {name[1:]: column for name, column in columns.items() if not isinstance(column, np.ndarray)}
    return Part(rows, head.first_at, head.last_at, event, core, fields)


def _inside(part: Part, request: Columns, known: Known) -> Rows | None:
    """The rows that a request is about; None when there are none."""
    rows, core = Rows(part, known.people), part.core
    if part.event is None and request.events is not None:
        rows.keep_rows(np.isin(core["event"], request.events))
    if part.first_at < request.from_us or part.last_at >= request.to_us:
        rows.keep_rows(_within(rows.at, request))
    if request.app is not None:
        rows.keep_rows(rows.app == request.app)
    if known.people.any_erased:
        rows.keep_rows(rows.users != ERASED)
    return rows if len(rows) else None


def _within(at: Numbers, request: Columns) -> Numbers:
    within: Numbers = (at >= request.from_us) & (at < request.to_us)
    return within
