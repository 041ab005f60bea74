"""What is derived from events, the slow way: row by row in plain Python. What the engine's functions are held against."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import orjson
from hypothesis import strategies as st

from parallax.engine.columns import Numbers
from parallax.engine.days import ANY, Day, Key
from parallax.engine.frames import NO_ID, Coded, Frame, Ids

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/Sao_Paulo", "Australia/Lord_Howe")
"""Daylight saving at midnight and at two, 45 minutes, and a change by half an hour."""


@dataclass(frozen=True, slots=True)
class Row:
    """An event, or a log record: numbers, and fields as they were sent. 0 is none."""

    at: int
    position: int
    event: int = 1
    actor: int = 0
    app: int = 0
    session: int = 0
    fields: tuple[tuple[str, Any], ...] = ()
    stream: int = 0


def at(text: str) -> int:
    """Microseconds of an instant as RFC 3339 has it."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def local_day(at_us: int, zone: str) -> int:
    """By what the clock shows; where it is set back over midnight the day that has begun goes on (T2)."""
    instant = EPOCH + timedelta(microseconds=at_us)
    shown = instant.astimezone(ZoneInfo(zone)).date()
    earlier = max((instant - timedelta(minutes=m)).astimezone(ZoneInfo(zone)).date() for m in (30, 60, 120, 180))
    return (max(shown, earlier) - date(1970, 1, 1)).days


@dataclass(slots=True)
class PlainDay:
    users: Counter[int] = field(default_factory=Counter)
    sessions: set[int] = field(default_factory=set)
    firsts: set[int] = field(default_factory=set)
    counters: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    events: int = 0
    starts: int = 0
    bounces: int = 0
    session_us: int = 0


def keys_of(row: Row, zone: str) -> list[Key]:
    scopes = {row.stream, 2 * row.app + row.stream}
    return [(scope, event, local_day(row.at, zone)) for scope in scopes for event in (ANY, row.event)]


def derived(rows: Iterable[Row], zone: str, canonical: Mapping[int, int] | None = None) -> dict[Key, PlainDay]:
    """All days of all scopes and events; fields are told by name, their values as JSON."""
    days: dict[Key, PlainDay] = defaultdict(PlainDay)
    ordered = sorted(rows, key=lambda row: (row.at, row.position))
    seen: set[tuple[int, int, int]] = set()
    sessions: dict[tuple[int, int], list[Row]] = defaultdict(list)
    for row in ordered:
        actor = (canonical or {}).get(row.actor, row.actor)
        for key in keys_of(row, zone):
            day = days[key]
            day.events += 1
            if actor:
                day.users[actor] += 1
                if (*key[:2], actor) not in seen:
                    seen.add((*key[:2], actor))
                    day.firsts.add(actor)
            if row.session:
                day.sessions.add(row.session)
            for name, value in row.fields:
                day.counters[name][orjson.dumps(value).decode()] += 1
        if row.session:
            for scope in {row.stream, 2 * row.app + row.stream}:
                sessions[scope, row.session].append(row)
    for (scope, _), its in sessions.items():
        for event in (ANY, its[0].event):
            day = days[scope, event, local_day(its[0].at, zone)]
            day.starts += 1
            day.bounces += len(its) == 1
            day.session_us += its[-1].at - its[0].at
    return days


def shown(day: PlainDay) -> dict[str, Any]:
    """All of it, as `shown_of` has it."""
    return {
        "events": day.events,
        "users": sorted(day.users.items()),
        "sessions": sorted(day.sessions),
        "firsts": sorted(day.firsts),
        "counters": {name: dict(sorted(counts.items())) for name, counts in sorted(day.counters.items())},
        "starts": (day.starts, day.bounces, day.session_us),
    }


def shown_of(day: Day, fields: Mapping[int, tuple[str, Mapping[int, str]]]) -> dict[str, Any]:
    """The same of an engine's day. `fields`: name and values by code, of each counted field's number."""
    assert day.users is not None
    assert day.counts is not None
    assert day.sessions is not None
    assert day.firsts is not None
    assert day.counters is not None
    sizes = (len(day.users), len(day.sessions), len(day.firsts))
    assert sizes == (day.n_users, day.n_sessions, day.n_firsts), "a number is not the size of its set"
    counters = {}
    for number, (codes, counts) in day.counters.items():
        if number in fields and len(codes):
            name, values = fields[number]
            counters[name] = {values[code]: count for code, count in zip(codes.tolist(), counts.tolist(), strict=True)}
    return {
        "events": day.events,
        "users": list(zip(list(day.users), day.counts.tolist(), strict=True)),
        "sessions": list(day.sessions),
        "firsts": list(day.firsts),
        "counters": {name: dict(sorted(counts.items())) for name, counts in sorted(counters.items())},
        "starts": (day.starts, day.bounces, day.session_us),
    }


# ---------------------------------------------------------------- rows as frames
def frame_of(rows: Sequence[Row]) -> Frame:
    """Rows of one stream, in the order given."""
    names = dict.fromkeys(name for row in rows for name, _ in row.fields)
    return Frame(
        **{name: _column([getattr(row, name) for row in rows]) for name in ("at", "position")},
        **{name: _column([getattr(row, name) for row in rows]) for name in ("event", "actor", "app", "session")},
        fields={name: _coded([dict(row.fields) for row in rows], name) for name in names},
        ids=_no_ids(len(rows)),
    )


def _column(values: list[int]) -> Numbers:
    return np.array(values, np.int64)


def _coded(rows: list[dict[str, Any]], name: str) -> Coded:
    codes: dict[bytes, int] = {}
    column = [codes.setdefault(orjson.dumps(row[name]), len(codes) + 1) if name in row else 0 for row in rows]
    return Coded(np.array(column, np.int64), list(codes))


def _no_ids(many: int) -> Ids:
    nothing = np.zeros(many, np.uint64)
    return Ids(np.full(many, NO_ID, np.uint8), nothing, nothing.copy(), [])


# ---------------------------------------------------------------- rows by lot
# Three weeks around the nights in which the clocks of the northern zones change, and instants that coincide.
INSTANTS = st.integers(at("2026-03-15T00:00Z") // 900_000_000, at("2026-04-08T00:00Z") // 900_000_000)
VALUES = st.sampled_from(["NO", "DE", 95, "95", 1.5, True, None])


@st.composite
def rows_by_lot(draw: st.DrawFn, most: int = 60, streams: Sequence[int] = (0,)) -> list[Row]:
    """Rows in order of acceptance: late ones, several apps, sessions that cross midnight, fields that some lack."""
    count = draw(st.integers(0, most))
    rows = []
    for position in range(1, count + 1):
        stream = draw(st.sampled_from(list(streams)))
        fields = draw(st.dictionaries(st.sampled_from(["country", "plan"]), VALUES, max_size=2))
        rows.append(
            Row(
                at=draw(INSTANTS) * 900_000_000 + draw(st.sampled_from([0, 0, 1, 500_000_000])),
                position=position,
                event=draw(st.integers(1, 3)) + 10 * stream,
                actor=draw(st.integers(0, 6)),
                app=draw(st.integers(0, 2)),
                session=draw(st.integers(0, 5)),
                fields=tuple(sorted(fields.items())),
                stream=stream,
            )
        )
    return rows
