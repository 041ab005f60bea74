"""Users by key: who an id stands for, what is known of them, pages of them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from parallax.access.viewer import Viewer
from parallax.analyses.questions import Ground
from parallax.analyses.session_rows import SessionCounts
from parallax.analyses.user_facts import Seen, SeenUsers, as_bits
from parallax.db import Database, Record
from parallax.engine.bitmaps import deserialized
from parallax.engine.frames import EVENTS
from parallax.engine.traits import effective, loaded, shown
from parallax.loading import DataLoader, batched, by_key
from parallax.scopes import Statement, statement

PERSONS_BY_ACTOR = statement(__file__, "persons_by_actor")
PERSONS_BY_EXTERNAL_ID = statement(__file__, "persons_by_external_id")
ALIASES_OF_USERS = statement(__file__, "aliases_of_users")
TRAITS_OF_USERS = statement(__file__, "traits_of_users")
USERS_LISTED = statement(__file__, "users_listed")
USERS_AMONG = statement(__file__, "users_among")
USER_COUNT = statement(__file__, "user_count")
MOST_ALIASES: Final = 100
FEW: Final = 10_000
"""So many users are looked up one by one; of more, the list is walked."""


class UserKey(NamedTuple):
    client: UUID
    actor: int


class Person(NamedTuple):
    """A user: never an id that belongs to another."""

    key: UserKey
    external_id: str


class AliasRecord(NamedTuple):
    external_id: str
    linked_at: datetime


class UsersKey(NamedTuple):
    """A page of a client's users: `after` is the external id of the last row before. `among`: only those of that set, a
    serialized bitmap; b"" is an empty one.
    """

    client: UUID
    search: str | None
    after: str
    limit: int
    among: bytes | None = None


class SeenKey(NamedTuple):
    """A user, and the client's calendar."""

    client: UUID
    zone: str
    today: date
    actor: int


def person_loader(db: Database, viewer: Viewer) -> DataLoader[UserKey, Person | None]:
    """Who an actor is by now."""

    async def load(keys: list[UserKey]) -> dict[UserKey, Person]:
        rows = await _found(db, viewer, PERSONS_BY_ACTOR, keys)
        return {UserKey(row["client_id"], row["actor_id"]): _person(row) for row in rows}

    return by_key(load)


def person_named_loader(db: Database, viewer: Viewer) -> DataLoader[tuple[UUID, str], Person | None]:
    """Who an external id stands for by now, be it the user's own or an alias."""

    async def load(keys: list[tuple[UUID, str]]) -> dict[tuple[UUID, str], Person]:
        rows = await _found(db, viewer, PERSONS_BY_EXTERNAL_ID, keys)
        return {(row["client_id"], row["named"]): _person(row) for row in rows}

    return by_key(load)


def aliases_loader(db: Database, viewer: Viewer) -> DataLoader[UserKey, list[AliasRecord]]:
    async def load(keys: list[UserKey]) -> list[list[AliasRecord]]:
        rows = await _numbered(db, viewer, ALIASES_OF_USERS, keys, MOST_ALIASES)
        return [
            [AliasRecord(row["external_id"], row["linked_at"]) for row in rows[place]] for place in range(len(keys))
        ]

    return batched(load)


def traits_loader(db: Database, viewer: Viewer) -> DataLoader[UserKey, dict[str, Any]]:
    """Values by name, merged ids included (I8)."""

    async def load(keys: list[UserKey]) -> list[dict[str, Any]]:
        rows = await _numbered(db, viewer, TRAITS_OF_USERS, keys)
        return [_traits(rows[place]) for place in range(len(keys))]

    return batched(load)


def _traits(rows: Sequence[Record]) -> dict[str, Any]:
    own = (row["traits"] for row in rows if row["is_own"])
    others = (loaded(row["traits"]) for row in rows if not row["is_own"])
    return shown(effective(loaded(next(own, None)), others))


def users_loader(db: Database, viewer: Viewer) -> DataLoader[UsersKey, list[Person]]:
    """Pages of users; each is a statement of its own, since a page reads along the index of external ids."""

    async def load(keys: list[UsersKey]) -> list[list[Person]]:
        return [await page(key) for key in keys]

    async def page(key: UsersKey) -> list[Person]:
        if not viewer.sees(key.client):
            return []
        among = None if key.among is None else deserialized(key.among or None)
        asked = key.client, key.after, key.search, key.limit
        scope = viewer.scope([key.client])
        if among is not None and len(among) <= FEW:
            rows = await db.rows(scope, USERS_AMONG, *asked, list(among))
        else:
            rows = await db.rows(scope, USERS_LISTED, *asked, None if among is None else as_bits(among))
        return [Person(UserKey(key.client, actor), external_id) for actor, external_id in rows]

    return batched(load)


def user_count_loader(db: Database, viewer: Viewer) -> DataLoader[UsersKey, int]:
    """How many users the list has that a page is of."""

    async def load(keys: list[UsersKey]) -> list[int]:
        return [await count(key) for key in keys]

    async def count(key: UsersKey) -> int:
        if not viewer.sees(key.client):
            return 0
        among = None if key.among is None else as_bits(deserialized(key.among or None))
        [row] = await db.rows(viewer.scope([key.client]), USER_COUNT, key.client, key.search, among)
        return int(row["users"])

    return batched(load)


def seen_loader(asked: DataLoader[Any, Any]) -> DataLoader[SeenKey, Seen | None]:
    """When users were seen; None for one without an event. One look at the days serves all users of a client."""

    async def load(keys: list[SeenKey]) -> dict[SeenKey, Seen]:
        found: dict[SeenKey, Seen] = {}
        for (client, zone, today), users in _by_client(keys).items():
            seen = await asked.load(SeenUsers(Ground(client, None, EVENTS, zone, today), tuple(users)))
            found |= {SeenKey(client, zone, today, user): each for user, each in seen.items()}
        return found

    return by_key(load)


def session_count_loader(asked: DataLoader[Any, Any]) -> DataLoader[SeenKey, int | None]:
    """How many sessions are users'."""

    async def load(keys: list[SeenKey]) -> dict[SeenKey, int]:
        found: dict[SeenKey, int] = {}
        for (client, zone, today), users in _by_client(keys).items():
            counts = await asked.load(SessionCounts(Ground(client, None, EVENTS, zone, today), tuple(users)))
            found |= {SeenKey(client, zone, today, user): count for user, count in counts.items()}
        return found

    return by_key(load)


def _by_client(keys: Sequence[SeenKey]) -> dict[tuple[UUID, str, date], list[int]]:
    users: dict[tuple[UUID, str, date], list[int]] = defaultdict(list)
    for key in keys:
        users[key.client, key.zone, key.today].append(key.actor)
    return users


async def _found(
    db: Database, viewer: Viewer, by: Statement, keys: Sequence[UserKey] | Sequence[tuple[UUID, str]]
) -> list[Record]:
    seen = [key for key in keys if viewer.sees(key[0])]
    clients = [key[0] for key in seen]
    return await db.rows(viewer.scope(clients), by, clients, [key[1] for key in seen]) if seen else []


async def _numbered(
    db: Database, viewer: Viewer, asked: Statement, keys: Sequence[UserKey], *more: Any
) -> dict[int, list[Record]]:
    """Rows by the place of their key."""
    places = [place for place, key in enumerate(keys) if viewer.sees(key.client)]
    clients = [keys[place].client for place in places]
    found: dict[int, list[Record]] = defaultdict(list)
    if places:
        for row in await db.rows(viewer.scope(clients), asked, clients, [keys[place].actor for place in places], *more):
            found[places[row["number"] - 1]].append(row)
    return found


def _person(row: Record) -> Person:
    return Person(UserKey(row["client_id"], row["user_id"]), row["external_id"])
