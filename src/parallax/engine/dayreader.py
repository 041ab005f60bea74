"""Reads days of events for whoever asks: many requests in one statement, sets only where none of their version is kept."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from uuid import UUID

from parallax.db import Transaction
from parallax.engine import firsts
from parallax.engine.bitmaps import BitMap
from parallax.engine.caches import Kept
from parallax.engine.dayrows import DAYS, DECODED, EMPTY, SETS, DayRows, Key, Part, stored_rows
from parallax.engine.known import Known
from parallax.engine.requests import AllDays, Days
from parallax.engine.standing import Standing
from parallax.engine.storedrows import StoredRows, Wanted, columns_of, sent
from parallax.scopes import Statement, statement


@cache
def _days_of_scopes(columns: tuple[str, ...]) -> Statement:
    return statement(__file__, "days_of_scopes", columns=sent(columns, " order by row.day"))


@cache
def _sets_of_days(columns: tuple[str, ...]) -> Statement:
    return statement(__file__, "sets_of_days", columns=", ".join(f"row.{SETS[name]} as {name}" for name in columns))


class DayReader:
    """Reads days of events for one round of requests."""

    def __init__(
        self, transaction: Transaction, kept: Kept, known: Mapping[UUID, Known], stored: StoredRows | None = None
    ) -> None:
        self._transaction, self._kept, self._known = transaction, kept, known
        self._stored = stored or StoredRows(transaction)

    def standing(self, client: UUID) -> Standing:
        """As of which everything is in what is read, folded or not."""
        return self._known[client].standing

    async def days(self, asked: Sequence[tuple[UUID, Days]]) -> list[DayRows]:
        """One for each request: what is stored, and the tail's part."""
        parts = await self._parts(asked)
        await self._complete(parts)
        return [part.rows for part in parts]

    async def _parts(self, asked: Sequence[tuple[UUID, Days]]) -> list[Part]:
        rows = await self._stored.of([wanted(client, request) for client, request in asked])
        return [
            Part((client, request.scope, request.event), request, each)
            for (client, request), each in zip(asked, rows, strict=True)
        ]

    async def all_days(self, asked: Sequence[tuple[UUID, AllDays]]) -> list[dict[int, DayRows]]:
        columns = tuple(sorted(columns_of(name for _, request in asked for name in request.numbers)))
        rows = await self._transaction.rows(
            _days_of_scopes(columns),
            [client for client, _ in asked],
            *([getattr(request, name) for _, request in asked] for name in ("scope", "first", "last")),
        )
        parts: dict[tuple[int, int], Part] = {}
        for row in rows:
            client, request = asked[row["number"] - 1]
            key = (client, request.scope, row["event"])
            parts[row["number"] - 1, row["event"]] = Part(key, request, stored_rows(row, columns))
        for place, (client, request) in enumerate(asked):
            for scope, event in self._known[client].tail.days:
                if scope == request.scope and event and (place, event) not in parts:
                    parts[place, event] = Part((client, scope, event), request, stored_rows(None, columns))
        await self._complete(list(parts.values()))
        answers: list[dict[int, DayRows]] = [{} for _ in asked]
        for (place, event), part in sorted(parts.items()):
            if len(part.rows.day):
                answers[place][event] = part.rows
        return answers

    async def _complete(self, parts: Sequence["Part"]) -> None:
        """Adds the tail's days, then the sets that were asked for or that the tail's numbers need."""
        for part in parts:
            part.touch(self._known[part.key[0]].tail)
        await self._read_sets(parts)
        for part in parts:
            part.combine()
        moving = [part for part in parts if "firsts" in part.wanted and self.fresh_firsts(part.key, part.last)]
        if moving:
            moved = await self._moved({part.key for part in moving})
            for part in moving:
                part.move_firsts(moved[part.key])

    def fresh_firsts(self, key: Key, last: int) -> tuple[int, int] | None:
        """The days up to `last` whose first-seen sets may be others by what waits: from the first day on that has some of
        it, since an event there takes users out of later days."""
        client, scope, event = key
        first = min(self._known[client].tail.days.get((scope, event), ()), default=last + 1)
        return (first, last) if first <= last else None

    async def _moved(self, keys: Iterable[Key]) -> dict[Key, dict[int, BitMap]]:
        """The first-seen sets that are others with the tail: made once for each of its states."""
        found: dict[Key, dict[int, BitMap]] = {}
        states = {key: self._known[key[0]].standing for key in keys}
        for key, standing in states.items():
            held = self._kept.get((*key, "moved"), standing)
            if held is not None:
                found[key] = held
        missing = states.keys() - found.keys()
        stored = await self._all_firsts(missing) if missing else {}
        for key in missing:
            tail = self._known[key[0]].tail
            fresh = {day: delta.users for day, delta in tail.days[key[1:]].items() if delta.users}
            moved = found[key] = firsts.moved(stored[key], fresh)
            self._kept.put(
                (*key, "moved"), states[key], moved, 200 + sum(200 + 4 * len(bits) for bits in moved.values())
            )
        return found

    async def _read_sets(self, parts: Sequence["Part"]) -> None:
        missing: dict[tuple[UUID, int, int, int], tuple[int, set[str]]] = {}
        of_key: dict[Key, list[Part]] = {}
        for part in parts:
            part.take_columns(self._kept)
            of_key.setdefault(part.key, []).append(part)
            for day, version, name in list(part.needs()):
                value = self._kept.get((*part.key, day, name), version)
                if value is None:
                    missing.setdefault((*part.key, day), (version, set()))[1].add(name)
                else:
                    part.have(day, name, value)
        if missing:
            names = tuple(sorted(set().union(*(names for _, names in missing.values()))))
            keys = list(missing)
            rows = await self._transaction.rows(
                _sets_of_days(names), *(list(column) for column in zip(*keys, strict=True))
            )
            for row in rows:
                key = keys[row["number"] - 1]
                for name in names:
                    raw = row[name]
                    value = EMPTY[name] if raw is None else DECODED[name](raw)
                    self._kept.put((*key, name), missing[key][0], value, 200 + len(raw or b""))
                    for part in of_key[key[:3]]:
                        part.have(key[3], name, value)
        for part in parts:
            part.keep_columns(self._kept)

    async def _all_firsts(self, keys: Iterable[Key]) -> dict[Key, dict[int, BitMap]]:
        """First-seen sets over all time, as stored."""
        asked = [
            (client, Days(scope, event, *DAYS, frozenset(), frozenset({"firsts"}))) for client, scope, event in keys
        ]
        parts = await self._parts(asked)
        await self._read_sets(parts)
        for part in parts:
            part.combine()
        return {
            part.key: {
                int(day): bits for day, bits in zip(part.rows.day, part.rows.sets["firsts"], strict=True) if bits
            }
            for part in parts
        }


def wanted(client: UUID, request: Days) -> Wanted:
    """What of the stored rows a request looks at."""
    numbers = columns_of(request.numbers) or frozenset({"events"})
    return Wanted((client, request.scope, request.event), request.first, request.last, numbers)
