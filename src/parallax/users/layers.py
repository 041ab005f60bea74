"""Where users still are, counted layer by layer: before they are erased, and again when they are purged."""

from collections.abc import Collection
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

import orjson

from parallax.db import Transaction
from parallax.engine.bitmaps import BitMap, deserialized
from parallax.engine.days import users_of
from parallax.engine.frames import EVENTS, LOGS
from parallax.engine.merging import DAYS_AT_ONCE, USERS_OF_DAYS, days_with
from parallax.engine.purging import days_stored, events_of_day, events_waiting
from parallax.engine.settling import events_settled
from parallax.scopes import statement

HERE = str(Path(__file__).parent / "writing" / "_")
IDS_COUNT = statement(HERE, "ids_count")
REPORTS_OF_IDS_COUNT = statement(HERE, "reports_of_ids_count")
TRAIT_PAGE = statement(HERE, "trait_page")
TRAITS_AT_ONCE: Final = 10_000


class Layer(NamedTuple):
    """`name` is the table's; `before` and `after` are rows of it, or events in its rows, that are of the users."""

    name: str
    before: int
    after: int | None = None


def stored(layers: Collection[Layer]) -> str:
    return orjson.dumps([layer._asdict() for layer in layers]).decode()


def loaded_layers(text: str) -> list[Layer]:
    return [Layer(each["name"], each["before"], each["after"]) for each in orjson.loads(text)]


class Count:
    """Counts what is left of users; every layer is read anew."""

    def __init__(self, transaction: Transaction, client: UUID, ids: Collection[int]) -> None:
        self._transaction, self._client, self._ids = transaction, client, sorted(ids)

    async def of(self, layer: str) -> int:
        count: int = await getattr(self, layer)()
        return count

    async def actor(self) -> int:
        [row] = await self._transaction.rows(IDS_COUNT, self._client, self._ids)
        return int(row["ids"])

    async def app_usage_reports(self) -> int:
        [row] = await self._transaction.rows(REPORTS_OF_IDS_COUNT, self._client, self._ids)
        return int(row["reports"])

    async def trait(self) -> int:
        ids, found, after = BitMap(self._ids), 0, ("", b"")
        while rows := await self._transaction.rows(TRAIT_PAGE, self._client, *after, TRAITS_AT_ONCE):
            found += sum(deserialized(row["bits"]).intersect(ids) for row in rows)
            after = (rows[-1]["name"], rows[-1]["hash"])
        return found

    async def event_tail(self) -> int:
        return await events_waiting(self._transaction, self._client, self._ids)

    async def event_segment(self) -> int:
        days = await days_stored(self._transaction, self._client)
        return sum([await events_of_day(self._transaction, self._client, *day, self._ids) for day in days])

    async def timeline(self) -> int:
        return await events_settled(self._transaction, self._client, self._ids)

    async def event_day(self) -> int:
        ids, found = BitMap(self._ids), 0
        for stream in EVENTS, LOGS:
            days = await days_with(self._transaction, self._client, stream, self._ids)
            for start in range(0, len(days), DAYS_AT_ONCE):
                part = days[start : start + DAYS_AT_ONCE]
                rows = await self._transaction.rows(USERS_OF_DAYS, self._client, stream, part)
                found += sum(users_of(row["user_bits"]).intersect(ids) for row in rows)
        return found


LAYERS: Final = ("actor", "trait", "event_tail", "event_segment", "timeline", "event_day", "app_usage_reports")
