"""Columns of stored days, read once within a snapshot: a round's requests for the same days of an event are one reading."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from parallax.db import Transaction
from parallax.engine.dayrows import WIDTHS, DayRows, Key, stored_rows
from parallax.engine.glance import DAYS_AT_STANDING, Glance
from parallax.scopes import Statement, statement


class Wanted(NamedTuple):
    """Days `first` to `last` of a scope and event, with these of the numbers."""

    key: Key
    first: int
    last: int
    columns: frozenset[str]


@dataclass(frozen=True, slots=True)
class Held:
    first: int
    last: int
    columns: frozenset[str]
    rows: DayRows

    def covers(self, wanted: Wanted) -> bool:
        return self.first <= wanted.first and wanted.last <= self.last and wanted.columns <= self.columns

    def cut(self, wanted: Wanted) -> DayRows:
        """Columns that others see as well: `DayRows.own` before they are changed."""
        rows = self.rows
        if (wanted.first, wanted.last) == (self.first, self.last):
            return DayRows(rows.day, rows.version, dict(rows.numbers))
        inside = rows.between(wanted.first, wanted.last)
        numbers = {name: column[inside] for name, column in rows.numbers.items()}
        return DayRows(rows.day[inside], rows.version[inside], numbers)


@cache
def _statement(name: str, columns: tuple[str, ...]) -> Statement:
    return statement(__file__, name, columns=sent(columns))


def sent(columns: Iterable[str], order: str = "") -> str:
    """Each number's values as one run of bytes, as `stored_rows` takes them."""
    return ", ".join(f"string_agg(int{WIDTHS[name]}send(row.{name}), ''{order}) as {name}" for name in columns)


class StoredRows:
    """What a snapshot has read so far."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._name = DAYS_AT_STANDING if isinstance(transaction, Glance) else "days_of_events"
        self._held: dict[Key, Held] = {}

    async def of(self, asked: Sequence[Wanted]) -> list[DayRows]:
        """For each its rows: one statement for all that was not read before."""
        missing: dict[Key, Wanted] = {}
        for each in asked:
            held = self._held.get(each.key)
            if held is None or not held.covers(each):
                before = missing.get(each.key) or (each if held is None else Wanted(each.key, *_extent(held)))
                missing[each.key] = _both(before, each)
        if missing:
            await self._read(list(missing.values()))
        return [self._held[each.key].cut(each) for each in asked]

    async def _read(self, missing: Sequence[Wanted]) -> None:
        columns = tuple(sorted(set().union(*(each.columns for each in missing)))) or ("events",)
        clients, scopes, events = zip(*(each.key for each in missing), strict=True)
        spans = [each.first for each in missing], [each.last for each in missing]
        rows = await self._transaction.rows(
            _statement(self._name, columns), list(clients), list(scopes), list(events), *spans
        )
        found = {row["number"] - 1: stored_rows(row, columns) for row in rows}
        for place, each in enumerate(missing):
            rows_ = found.get(place) or stored_rows(None, columns)
            self._held[each.key] = Held(each.first, each.last, frozenset(columns), rows_)


def _extent(held: Held) -> tuple[int, int, frozenset[str]]:
    return held.first, held.last, held.columns


def _both(a: Wanted, b: Wanted) -> Wanted:
    return Wanted(a.key, min(a.first, b.first), max(a.last, b.last), a.columns | b.columns)


def columns_of(numbers: Iterable[str]) -> frozenset[str]:
    """The columns that hold these numbers."""
    wanted = frozenset(numbers)
    return wanted | {"bounces", "session_us"} if "starts" in wanted else wanted
