"""Keeps whose ids are whose and what is said of users, with all that is derived, in one transaction (I1, I8).

Whoever is merged is so for the next question, wherever events or reports of theirs were counted before.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from parallax.db import Database, Record, Transaction
from parallax.engine import traits as trait_values
from parallax.engine.dictionaries import actors
from parallax.engine.merging import folding, merge_days
from parallax.engine.traits import Own
from parallax.errors import ErrorCode, NotFound
from parallax.scopes import Scope, statement
from parallax.usage.merging import merge_usage
from parallax.users.declared import MOST_BYTES, Declared
from parallax.users.links import Circle, Links, Refused
from parallax.users.traits import write_traits

HERE = str(Path(__file__).parent / "writing" / "_")
WRITER_OF_USERS = statement(HERE, "writer_of_users")
USERS_MOVED = statement(HERE, "users_moved")
IDS_DECLARED = statement(HERE, "ids_declared")
IDS_OF_USERS = statement(HERE, "ids_of_users")
IDS_LINK = statement(HERE, "ids_link")
OWN_TRAITS_PUT = statement(HERE, "own_traits_put")


class NotTaken(NamedTuple):
    place: int
    field: str
    code: ErrorCode
    message: str


@dataclass(slots=True)
class Identified:
    """What became of the rows sent: the two add up to them. The versions are the client's with them."""

    accepted: int = 0
    rejected: list[NotTaken] = field(default_factory=list)
    position: int = 0
    links: int = 0
    traits: int = 0
    usage_version: int = 0


async def identify(db: Database, scope: Scope, client: UUID, users: Sequence[Declared], now: datetime) -> Identified:
    """Keeps what is declared, row by row in order; a row is taken whole or not at all.

    Raises NotFound for a client that is not there, SourceUnavailable and Timeout with nothing changed.
    """
    # Only where users move is the fold waited for: its lock comes first, so whether it is needed is found out without.
    async with db.writing(scope) as transaction:
        done = await _Call(transaction, client, now).keep(users, folding_held=False)
    if done is None:
        async with db.writing(scope) as transaction:
            await folding(transaction, client)
            done = await _Call(transaction, client, now).keep(users, folding_held=True)
    assert done is not None
    return done


class _Call:
    """The rows of one call on their way."""

    def __init__(self, transaction: Transaction, client: UUID, now: datetime) -> None:
        self._transaction, self._client, self._now = transaction, client, now
        self._numbers: dict[str, int] = {}  # those of ids not seen before are below 0 until they are given one
        self._users: dict[int, int] = {}  # of ids that were declared to be another's before
        self._own: dict[int, Own] = {}

    async def keep(self, users: Sequence[Declared], *, folding_held: bool) -> Identified | None:
        """None, with nothing changed, if users move of whom something may be folded and the fold is not held."""
        state = await self._transaction.rows(WRITER_OF_USERS, self._client)
        if not state:
            raise NotFound("There is no such client.")
        await self._read(users)
        known = set(self._own)
        links = Links(self._users)
        taken, told = self._judge(users, links, state[0]["traits"])
        if not folding_held and not known.isdisjoint(links.moved):
            return None
        numbers = await self._numbered(taken, state[0]["next_actor"])
        moved = {numbers[actor]: numbers[user] for actor, user in links.moved.items()}
        given = dict.fromkeys(self._numbers[row.id] for row in taken if row.traits)
        await self._write(
            state[0], moved, known & moved.keys(), {numbers[actor]: self._own[actor] for actor in given}, told
        )
        return told

    async def _read(self, users: Sequence[Declared]) -> None:
        texts = dict.fromkeys(text for row in users for text in (row.id, *row.aliases))
        self._numbers = {text: -place for place, text in enumerate(texts, 1)}
        for text, actor, user, traits in await self._transaction.rows(IDS_DECLARED, self._client, list(texts)):
            self._numbers[text] = actor
            self._own[actor] = trait_values.loaded(traits)
            if user is not None:
                self._users[actor] = user

    def _judge(self, users: Sequence[Declared], links: Links, when: int) -> tuple[list[Declared], Identified]:
        """Rows that are taken; what was set for their ids is in `_own` then. `when` is that of what was set before."""
        taken, told = [], Identified(traits=when)
        for row in users:
            actor = self._numbers[row.id]
            own = trait_values.changed(self._own.get(actor, {}), row.traits, told.traits + 1)
            if row.traits and sum(len(name) + len(text) for name, (_, text) in own.items()) > MOST_BYTES:
                told.rejected.append(_too_much(row))
                continue
            try:
                links.declare(actor, (self._numbers[alias] for alias in row.aliases))
            except Refused as refused:
                [alias] = [alias for alias in row.aliases if self._numbers[alias] == refused.alias]
                told.rejected.append(_refused(row, alias, refused))
                continue
            self._own[actor] = own
            told.traits += bool(row.traits)
            taken.append(row)
        told.accepted = len(taken)
        return taken, told

    async def _numbered(self, taken: Sequence[Declared], following: int) -> dict[int, int]:
        """Numbers for good, by those used so far; ids that are in no row that was taken are given none."""
        texts = dict.fromkeys(text for row in taken for text in (row.id, *row.aliases))
        fresh = [text for text in texts if self._numbers[text] < 0]
        given = await actors(self._transaction, self._client, fresh, following)
        kept = {number: number for number in self._numbers.values() if number > 0}
        kept.update((user, user) for user in self._users.values())
        kept.update((self._numbers[text], number) for text, number in given.items())
        return kept

    async def _write(
        self, state: Record, moved: Mapping[int, int], known: Set[int], given: Mapping[int, Own], told: Identified
    ) -> None:
        """`moved`: users that are another's by now, and whose; `known`: those of them that may have been counted;
        `given`: ids whose own traits were set, with them.
        """
        transaction, client = self._transaction, self._client
        version = state["generation"] + 1
        told.position, told.links, told.usage_version = state["position"], state["links"], state["usage_version"]
        if not moved and not given:
            return
        before, after = await self._values(moved, given)
        if given:
            stored = [trait_values.stored(own) for own in given.values()]
            await transaction.run(OWN_TRAITS_PUT, client, list(given), stored)
        changed = await write_traits(transaction, client, before, after, version)
        told.traits = max(told.traits, state["traits"] + changed)
        if moved:
            told.links += 1
            await transaction.run(IDS_LINK, client, list(moved), list(moved.values()), told.links, self._now)
        counted = {actor: moved[actor] for actor in known}
        if counted:
            changed |= await merge_days(transaction, client, counted, version)
            told.usage_version += await merge_usage(transaction, client, counted, told.usage_version + 1)
        await transaction.run(
            USERS_MOVED, client, state["generation"] + changed, told.links, told.traits, told.usage_version
        )

    async def _values(
        self, moved: Mapping[int, int], given: Mapping[int, Own]
    ) -> tuple[dict[int, dict[str, str]], dict[int, dict[str, str]]]:
        """By user, what traits come to for all whom this concerns, before and after."""
        users = {*moved, *moved.values(), *(self._users.get(actor, actor) for actor in given)}
        rows = await self._transaction.rows(IDS_OF_USERS, self._client, sorted(users))
        before, after = [], []
        for actor, canonical, stored in rows:
            user, own = actor if canonical is None else canonical, trait_values.loaded(stored)
            before.append((actor, user, own))
            after.append((actor, moved.get(user, user), given.get(actor, own)))
        return trait_values.of_users(before), trait_values.of_users(after)


def _too_much(row: Declared) -> NotTaken:
    message = f"traits: with those that it has the user would have more than {MOST_BYTES} bytes of them"
    return NotTaken(row.place, "traits", ErrorCode.INVALID_PARAMETER, message)


def _refused(row: Declared, alias: str, refused: Refused) -> NotTaken:
    if alias == row.id:
        message = f'aliases: "{alias}" is the id itself'
    elif isinstance(refused, Circle):
        message = f'aliases: "{row.id}" belongs to "{alias}" already; to say that the other way round closes a circle'
    else:
        message = f'aliases: "{alias}" belongs to another user already; an id belongs to one user only'
    return NotTaken(row.place, "aliases", ErrorCode.CONFLICT, message)
