"""Numbers for texts, given inside of the transaction of the client's one writer: in order of appearance, never twice.

Nothing is kept here between calls: a transaction that does not come about gives no numbers, and the text of an erased
user gets another one.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from parallax.db import Transaction
from parallax.engine.frames import EVENTS
from parallax.scopes import Statement, statement

HERE = str(Path(__file__).parent / "writing" / "_")
ACTORS_OF_IDS = statement(HERE, "actors_of_ids")
ACTORS_ADD = statement(HERE, "actors_add")
ACTORS_NEXT = statement(HERE, "actors_next")
SESSIONS_OF_IDS = statement(HERE, "sessions_of_ids")
SESSIONS_ADD = statement(HERE, "sessions_add")
SESSIONS_NEXT = statement(HERE, "sessions_next")
EVENT_NAMES_HELD = statement(HERE, "event_names_held")
EVENT_NAMES_LAST = statement(HERE, "event_names_last")
EVENT_NAMES_ADD = statement(HERE, "event_names_add")
APP_NUMBERS_HELD = statement(HERE, "app_numbers_held")
APP_NUMBERS_ADD = statement(HERE, "app_numbers_add")

MOST_NAMES = 2_000
"""Event names of a client. Whoever has more puts what belongs into properties into names."""


@dataclass(frozen=True, slots=True)
class _Texts:
    """How numbers of external ids are found, given, and how the next one is remembered."""

    held: Statement
    add: Statement
    following: Statement

    async def numbers(
        self, transaction: Transaction, client: UUID, texts: Collection[str], following: int
    ) -> dict[str, int]:
        if not texts:
            return {}
        numbers: dict[str, int] = dict(map(tuple, await transaction.rows(self.held, client, list(texts))))
        fresh = [text for text in texts if text not in numbers] if len(numbers) < len(texts) else []
        if fresh:
            given = range(following, following + len(fresh))
            await transaction.run(self.add, client, fresh, list(given))
            await transaction.run(self.following, client, given.stop)
            numbers.update(zip(fresh, given, strict=True))
        return numbers


_ACTORS = _Texts(ACTORS_OF_IDS, ACTORS_ADD, ACTORS_NEXT)
_SESSIONS = _Texts(SESSIONS_OF_IDS, SESSIONS_ADD, SESSIONS_NEXT)


async def actors(transaction: Transaction, client: UUID, users: Collection[str], following: int) -> dict[str, int]:
    """Numbers of users' ids, each asked once; `following` is `client_state.next_actor`, which is moved."""
    return await _ACTORS.numbers(transaction, client, users, following)


async def sessions(transaction: Transaction, client: UUID, ids: Collection[str], following: int) -> dict[str, int]:
    """Numbers of sessions' ids, each asked once; `following` is `client_state.next_session`, which is moved."""
    return await _SESSIONS.numbers(transaction, client, ids, following)


async def event_names(transaction: Transaction, client: UUID, stream: int, names: Sequence[str]) -> dict[str, int]:
    """Numbers of event names (of logs: levels), each asked once; those beyond MOST_NAMES have none and are absent."""
    numbers: dict[str, int] = dict(map(tuple, await transaction.rows(EVENT_NAMES_HELD, client, stream, names)))
    fresh = [name for name in names if name not in numbers] if len(numbers) < len(names) else []
    if fresh:
        [row] = await transaction.rows(EVENT_NAMES_LAST, client, stream)
        if stream == EVENTS:
            fresh = fresh[: max(MOST_NAMES - row["names"], 0)]
    if fresh:
        given = range(row["last"] + 1, row["last"] + 1 + len(fresh))
        await transaction.run(EVENT_NAMES_ADD, client, stream, fresh, list(given))
        numbers.update(zip(fresh, given, strict=True))
    return numbers


async def apps(transaction: Transaction, client: UUID, ids: Sequence[UUID]) -> dict[UUID, int]:
    """Numbers of the client's apps, each asked once; an app that is not there (or another client's) is absent."""
    if not ids:
        return {}
    rows = await transaction.rows(APP_NUMBERS_HELD, client, ids)
    numbers: dict[UUID, int] = {row["id"]: row["number"] for row in rows if row["number"] is not None}
    there = {row["id"] for row in rows}
    fresh = [app for app in ids if app in there and app not in numbers]
    if fresh:
        numbers.update((row["app_id"], row["number"]) for row in await transaction.rows(APP_NUMBERS_ADD, client, fresh))
    return numbers
