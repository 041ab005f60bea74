"""Timelines made from folded events: some time after the fold, so that a week is written anew for many events at once.

What is folded since, what waits, and who became another's since, readers add themselves (`timereader`).
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Self, TypeAlias
from uuid import UUID

import numpy as np

from parallax.db import Database, Transaction
from parallax.engine import timelines
from parallax.engine.columns import Numbers
from parallax.engine.derived import begun
from parallax.engine.frames import DAY_US, EVENTS, joined
from parallax.engine.known import LINKS_SINCE
from parallax.engine.recount import raw_since
from parallax.engine.rolling import EPOCH_ORDINAL
from parallax.engine.segments import Place, Segments
from parallax.engine.standing import People, Standing
from parallax.engine.timelines import BLOCK_BITS, WEEK_DAYS, Rows, together
from parallax.engine.weeks import Week, decoded, encoded, events_of, users_of
from parallax.scopes import Scope, statement

HERE = str(Path(__file__).parent / "writing" / "_")
STATE_HELD = statement(HERE, "timeline_state_held")
STATE_PUT = statement(HERE, "timeline_state_put")
SEGMENTS_NEWER = statement(HERE, "segments_newer")
TIMELINES_HELD = statement(HERE, "timelines_held")
TIMELINES_USERS = statement(HERE, "timelines_users")
TIMELINES_PUT = statement(HERE, "timelines_put")
TIMELINES_DROP = statement(HERE, "timelines_drop")
TIMELINES_OF_WEEKS = statement(HERE, "timelines_of_weeks")
TIMELINE_USERS_OF_WEEK = statement(HERE, "timeline_users_of_week")
TIMELINE_WEEKS_OF_BLOCKS = statement(HERE, "timeline_weeks_of_blocks")
AT_ONCE: Final = 16
"""Blocks that are read or written together."""
MOST_ROWS: Final = 8_000_000
"""Of one week, that are brought in together, half a gigabyte; what comes of it later counts as accepted later."""
NO_IDS: Final = np.zeros(0, np.int64)
Key: TypeAlias = tuple[int, int]
"""Block and week."""


class State(NamedTuple):
    """How far timelines go: `position` is accepted, `links` known, later folds write versions beyond `generation`."""

    version: int = 0
    position: int = 0
    generation: int = 0
    links: int = 0


async def settle(db: Database, client: UUID) -> int:
    """Brings all that is folded into the timelines. Up to which position they go now.

    Raises NotFound for a client that is not there; SourceUnavailable and Timeout with nothing changed.
    """
    async with db.writing(Scope.of(client)) as transaction:
        standing, people = await begun(transaction, client)
        settling = await Settling.begun(transaction, standing, people)
        if (standing.folded, standing.links) != (settling.state.position, settling.state.links):
            await settling.bring_in()
    return standing.folded


async def events_settled(transaction: Transaction, client: UUID, users: Collection[int]) -> int:
    """Events in the client's timelines that are of these users."""
    wanted = np.array(sorted(users), np.int64)
    rows = await transaction.rows(TIMELINES_USERS, client, np.unique(wanted >> BLOCK_BITS).tolist())
    return sum(events_of(row["users"], row["block"], wanted) for row in rows)


class Settling:
    """One change of a client's timelines, by whoever holds its fold."""

    def __init__(self, transaction: Transaction, standing: Standing, people: People, state: State) -> None:
        self._transaction, self._client = transaction, standing.client
        self._standing, self._people, self.state = standing, people, state
        self._segments = Segments(transaction, standing.client, EVENTS)

    @classmethod
    async def begun(cls, transaction: Transaction, standing: Standing, people: People) -> Self:
        rows = await transaction.rows(STATE_HELD, standing.client)
        return cls(transaction, standing, people, State(*rows[0]) if rows else State())

    async def bring_in(self) -> None:
        """Users who became another's or are erased, then events that were folded since: a week at a time."""
        gone = await self._gone()
        blocks = np.unique(gone >> BLOCK_BITS).tolist()
        rows = await self._transaction.rows(TIMELINE_WEEKS_OF_BLOCKS, self._client, blocks) if blocks else []
        left = {row["week"] for row in rows}
        rows = await self._transaction.rows(SEGMENTS_NEWER, self._client, EVENTS, self.state.generation)
        fresh = _by_week(Place(row["day"].toordinal() - EPOCH_ORDINAL, *tuple(row)[1:]) for row in rows)
        for week in sorted(fresh.keys() | left):
            if week in left:
                await self._move(week, gone)
            await self._add(fresh.get(week, ()), self.state.position)
        standing = self._standing
        await self._done(State(0, standing.folded, standing.generation, standing.links))

    async def make_anew(self, weeks: Sequence[int]) -> None:
        """These weeks, of which rows have gone: out of the rows that are left."""
        if not self.state.version:
            return
        held = await self._transaction.rows(TIMELINES_OF_WEEKS, self._client, list(weeks))
        await self._drop([(row["block"], row["week"]) for row in held])
        places = _by_week(await self._segments.listed())
        for week in weeks:
            await self._add(places.get(week, ()), 0, self.state.position)
        await self._done(self.state)

    async def make_all_anew(self) -> None:
        """Every week that has all of its rows, and all that is folded."""
        since = await raw_since(self._transaction, self._client, "UTC")
        weeks = sorted(_by_week(await self._segments.listed()))
        whole = [week for week in weeks if since is None or week * WEEK_DAYS >= since]
        await self.bring_in()
        await self.make_anew(whole)

    async def _done(self, state: State) -> None:
        self.state = state._replace(version=self.state.version + 1)
        await self._transaction.run(STATE_PUT, self._client, *self.state)

    # ------------------------------------------------------------ rows
    async def _add(self, places: Sequence[Place], after: int, upto: int | None = None) -> None:
        """Brings in the rows of a week's segments that were accepted after a position, and up to one."""
        for portion in _portions(places):
            await self._write(await self._rows(portion, after, upto))

    async def _rows(self, places: Sequence[Place], after: int, upto: int | None) -> Rows:
        frames = [frame async for frame in self._segments.frames(places, fields=False)]
        return await asyncio.to_thread(lambda: timelines.rows_of(joined(frames), self._people, after, upto))

    async def _gone(self) -> Numbers:
        """Ids that became another's, or were erased, since the timelines know who is who."""
        if self._standing.links == self.state.links:
            return NO_IDS
        rows = await self._transaction.rows(LINKS_SINCE, [self._client], [self.state.links])
        return np.array(sorted({row["actor_id"] for row in rows}), np.int64)

    async def _move(self, week: int, gone: Numbers) -> None:
        """Takes rows of these ids out of the blocks that they are in, and puts them where their users of now are."""
        blocks = np.unique(gone >> BLOCK_BITS).tolist()
        rows = await self._transaction.rows(TIMELINE_USERS_OF_WEEK, self._client, week, blocks)
        left = [(row["block"], week) for row in rows if np.isin(users_of(row["users"], row["block"]), gone).any()]
        moved = []
        for some in _some(left):
            for key, its in (await self._held(some)).items():
                there = its.rows(*key)
                moved.append(timelines.as_of(there.taken(np.isin(there.user, gone)), self._people))
        await self._write(together(moved), left, gone)

    async def _write(self, rows: Rows, left: Collection[Key] = (), gone: Numbers = NO_IDS) -> None:
        """Writes rows into whatever blocks they are of, and takes those of ids that are gone out of these and others.

        Of equal instants rows come after what is there; but where ids are gone the truth is asked.
        """
        fresh = {(block, week): its for block, week, its in await asyncio.to_thread(list, timelines.by_block(rows))}
        for some in _some(sorted(fresh.keys() | set(left))):
            held = await self._held(some)

            def made_of(some: Sequence[Key] = some, held: Mapping[Key, Week] = held) -> dict[Key, Rows]:
                made = {}
                for key in some:
                    before = held[key].rows(*key) if key in held else timelines.none()
                    stays = before.taken(~np.isin(before.user, gone)) if len(gone) else before
                    made[key] = together([stays, fresh.get(key, timelines.none())])
                return made

            made = await asyncio.to_thread(made_of)
            if len(gone):
                await self._order(made.values(), rows.user)
            await self._put(made)

    async def _order(self, made: Collection[Rows], users: Numbers) -> None:
        """Puts rows of these users that are of equal instants in the order of acceptance, by the truth."""
        instants = np.unique(np.concatenate([timelines.tied(rows, users) for rows in made]))
        places = await self._segments.listed() if len(instants) else []
        for day in sorted(set((instants // DAY_US).tolist())):
            its = [place for place in places if place.day == day]
            if its:  # else their rows are not kept any more
                truth = await self._rows(its, 0, self.state.position)
                truth = truth.taken(np.isin(truth.at, instants))
                for rows in made:
                    timelines.put_in_order(rows, truth)

    # ------------------------------------------------------------ blocks
    async def _held(self, keys: Sequence[Key]) -> dict[Key, Week]:
        if not keys:
            return {}
        blocks, weeks = map(list, zip(*keys, strict=True))
        rows = await self._transaction.rows(TIMELINES_HELD, self._client, blocks, weeks)
        return {(row["block"], row["week"]): decoded(*tuple(row)[2:]) for row in rows}

    async def _put(self, made: Mapping[Key, Rows]) -> None:
        empty = [key for key, rows in made.items() if not len(rows)]
        await self._drop(empty)
        whole = [(*key, len(rows), *encoded(rows, key[1])) for key, rows in made.items() if len(rows)]
        if whole:
            columns = map(list, zip(*whole, strict=True))
            await self._transaction.run(TIMELINES_PUT, self._client, self.state.version + 1, *columns)

    async def _drop(self, keys: Sequence[Key]) -> None:
        if keys:
            await self._transaction.run(TIMELINES_DROP, self._client, *map(list, zip(*keys, strict=True)))


# ---------------------------------------------------------------- pure


def _by_week(places: Iterable[Place]) -> dict[int, list[Place]]:
    found: dict[int, list[Place]] = defaultdict(list)
    for place in places:
        found[place.day // WEEK_DAYS].append(place)
    return found


def _some(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    for start in range(0, len(keys), AT_ONCE):
        yield keys[start : start + AT_ONCE]


def _portions(places: Sequence[Place]) -> Iterator[Sequence[Place]]:
    """In the order in which they were accepted, some rows at a time."""
    portion: list[Place] = []
    for place in sorted(places, key=lambda place: place.position):
        if portion and sum(each.events for each in portion) + place.events > MOST_ROWS:
            yield portion
            portion = []
        portion.append(place)
    if portion:
        yield portion
