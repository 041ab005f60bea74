"""Timelines as they are stored, and as they are gone through: weeks of a block of users, and spans of weeks. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from parallax.engine.columns import Numbers
from parallax.engine.timelines import BLOCK_BITS, USERS, WEEK_US, Rows

MS: Final = 1_000
MOST_MS_WEEKS: Final = 7
"""So many weeks of milliseconds fit into 32 bits."""
APP = np.uint32
ALIGNED: Final = 8


@dataclass(frozen=True, slots=True)
class Week:
    """A block's users in one week: `offsets` within the block, ascending, and how many rows each has.

    `times` are milliseconds (uint32) or microseconds (int64) since the week began. `apps` is empty where no app is said.
    """

    offsets: Numbers
    counts: Numbers
    names: Numbers
    times: Numbers
    apps: Numbers

    def __len__(self) -> int:
        return len(self.names)

    @property
    def unit_us(self) -> int:
        return MS if self.times.dtype == np.uint32 else 1

    def rows(self, block: int, week: int) -> Rows:
        users = np.repeat(self.offsets.astype(np.int64) + (block << BLOCK_BITS), self.counts)
        at = self.times.astype(np.int64) * self.unit_us + week * WEEK_US
        apps = self.apps.astype(np.int64) if len(self.apps) else np.zeros(len(self), np.int64)
        return Rows(users, at, self.names.astype(np.int64), apps)


def encoded(rows: Rows, week: int) -> tuple[bytes, bytes, bytes, bytes]:
    """Users, times, names and apps of one block and week."""
    begins = np.flatnonzero(np.diff(rows.user, prepend=-1))
    counts = np.diff(np.append(begins, len(rows)))
    offsets = rows.user[begins] & (USERS - 1)
    since = rows.at - week * WEEK_US
    whole_ms = not (since % MS).any()
    times = (since // MS).astype(np.uint32) if whole_ms else since
    return (
        _column(offsets.astype(np.uint16)) + _column(_narrow(counts)),
        _column(times),
        _column(_narrow(rows.event)),
        _column(rows.app.astype(APP)) if rows.app.any() else b"",
    )


def decoded(users: bytes, times: bytes, names: bytes, apps: bytes) -> Week:
    offsets, rest = _read(users, 0)
    counts, _ = _read(users, rest)
    in_apps = _read(apps, 0)[0] if apps else EMPTY
    return Week(offsets, _frozen(counts.astype(np.uint32)), _read(names, 0)[0], _read(times, 0)[0], in_apps)


def users_of(users: bytes, block: int) -> Numbers:
    """Whose events a stored week of a block holds."""
    return _read(users, 0)[0].astype(np.int64) + (block << BLOCK_BITS)


EMPTY: Final = np.zeros(0, APP)


def _narrow(column: Numbers) -> Numbers:
    """Names and counts: a client has fewer than 65,536 names; of counts there may be more."""
    most = int(column.max(initial=0))
    return column.astype(np.uint8 if most < 2**8 else np.uint16 if most < 2**16 else np.uint32)


def _column(numbers: Numbers) -> bytes:
    """Their width, how many, they themselves: each column begins where a processor likes numbers to begin."""
    body: bytes = numbers.tobytes()
    head = numbers.dtype.itemsize.to_bytes(4, "little") + len(numbers).to_bytes(4, "little")
    return b"".join((head, body, bytes(-len(body) % ALIGNED)))


WIDTHS: Final[dict[int, Any]] = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.int64}


def _read(data: bytes, start: int) -> tuple[Numbers, int]:
    width, many = (int.from_bytes(data[start + at : start + at + 4], "little") for at in (0, 4))
    end = start + ALIGNED + width * many
    return np.frombuffer(data, WIDTHS[width], many, start + ALIGNED), end + (-width * many) % ALIGNED


def events_of(users: bytes, block: int, wanted: Numbers) -> int:
    """How many events of a stored week are of the users who are wanted."""
    counts, _ = _read(users, _read(users, 0)[1])
    return int(counts[np.isin(users_of(users, block), wanted)].sum())


# ---------------------------------------------------------------- spans of weeks


@dataclass(frozen=True, slots=True)
class Span:
    """A block's users over some weeks: rows `starts[i]` to `starts[i + 1]` are those of `users[i]`, in their order.

    `times` count units of `unit_us` from `base_us` on.
    """

    users: Numbers  # int64
    starts: Numbers  # int64
    names: Numbers
    times: Numbers
    apps: Numbers
    base_us: int
    unit_us: int

    def __len__(self) -> int:
        return len(self.names)

    @property
    def nbytes(self) -> int:
        return sum(column.nbytes for column in (self.users, self.starts, self.names, self.times, self.apps))

    def of(self, users: Numbers) -> Rows:
        """The rows of these users (places in `users`)."""
        counts = self.starts[users + 1] - self.starts[users]
        before = np.cumsum(counts) - counts
        rows = np.repeat(self.starts[users] - before, counts) + np.arange(int(counts.sum()))
        at = self.times[rows].astype(np.int64) * self.unit_us + self.base_us
        apps = self.apps[rows].astype(np.int64) if len(self.apps) else np.zeros(len(rows), np.int64)
        return Rows(np.repeat(self.users[users], counts), at, self.names[rows].astype(np.int64), apps)


def one_span(rows: Rows) -> Span:
    """Rows of any users as a span of them all."""
    begins = np.flatnonzero(np.diff(rows.user, prepend=-1))
    starts = np.append(begins, len(rows))
    columns = (rows.user[begins], starts, _narrow(rows.event), rows.at, rows.app.astype(APP))
    return Span(*map(_frozen, columns), 0, 1)  # type: ignore[arg-type, call-arg]


def spanned(block: int, weeks: Sequence[tuple[int, Week]]) -> Span:
    """Some weeks of a block (ascending) as one."""
    from parallax.engine.kernels.timelines import lay

    many = np.zeros(USERS, np.int64)
    for _, week in weeks:
        many[week.offsets] += week.counts
    offsets = np.flatnonzero(many)
    starts = np.zeros(len(offsets) + 1, np.int64)
    np.cumsum(many[offsets], out=starts[1:])
    first, last = weeks[0][0], weeks[-1][0]
    in_ms = last - first < MOST_MS_WEEKS and all(week.unit_us == MS for _, week in weeks)
    rows = int(starts[-1])
    names = np.empty(rows, max((week.names.dtype for _, week in weeks), key=lambda dtype: dtype.itemsize))
    times = np.empty(rows, np.uint32 if in_ms else np.int64)
    apps = np.zeros(rows if any(len(week.apps) for _, week in weeks) else 0, APP)
    cursor = np.zeros(USERS, np.int64)
    cursor[offsets] = starts[:-1]
    for number, week in weeks:
        since = times.dtype.type((number - first) * (WEEK_US // MS if in_ms else WEEK_US))
        its = week.times if in_ms or week.unit_us == 1 else _frozen(week.times.astype(np.int64) * MS)
        mine = week.names if week.names.dtype == names.dtype else _frozen(week.names.astype(names.dtype))
        lay(week.offsets, week.counts, mine, its, since, cursor, names, times)
        if len(week.apps):
            lay(week.offsets, week.counts, week.apps, week.apps, APP(0), cursor, apps, apps)
        cursor[week.offsets] += week.counts
    columns = (offsets + (block << BLOCK_BITS), starts, names, times, apps)
    return Span(*map(_frozen, columns), first * WEEK_US, MS if in_ms else 1)  # type: ignore[arg-type, call-arg]


def _frozen(column: Numbers) -> Numbers:
    """As blocks are when they are read: a kernel is compiled for columns that it may not change."""
    column.setflags(write=False)
    return column
