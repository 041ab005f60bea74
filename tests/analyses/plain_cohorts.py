"""Retention, lifecycle, stickiness and segments once more, user by user in plain Python, near to the words of semantics.md."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta

from parallax.analyses.lifecycle import State
from parallax.analyses.questions import Question
from parallax.analyses.retention import Entry, Retention, Returning
from parallax.analyses.segments import SegmentName
from parallax.filters import dimension_of
from parallax.periods import bucket_number
from tests.analyses.plain import Plain, Row, value_of

Users = set[str]


class Buckets(Plain):
    """The rows that a question chooses, by whole bucket: the first of its period is 0."""

    def bucket(self, row: Row) -> int:
        granularity = self.axis.granularity
        return bucket_number(self._day(row.at), granularity) - bucket_number(self.axis.period.start, granularity)

    def chosen(self) -> list[Row]:
        return [row for row in self.rows if row.user is not None and self._matches(row)]

    def users(self) -> dict[int, Users]:
        found: dict[int, Users] = defaultdict(set)
        for row in self.chosen():
            found[self.bucket(row)].add(str(row.user))
        return found

    @property
    def now(self) -> int:
        """The bucket that holds today."""
        granularity = self.axis.granularity
        today = self.question.ground.today
        return bucket_number(today, granularity) - bucket_number(self.axis.period.start, granularity)


def entries(rows: Sequence[Row], of: Retention) -> list[tuple[int, str, str | None]]:
    """R3, R9: cohort, user and value of each entry."""
    plain, found = Buckets(rows, of.start), dict[tuple[str, int], Row]()
    for row in plain.chosen():
        bucket = plain.bucket(row)
        if of.entry is Entry.FIRST_IN_PERIOD and not 0 <= bucket < of.axis.begun:
            continue
        found.setdefault((str(row.user), bucket if of.entry is Entry.RECURRING else 0), row)
    return [
        (
            plain.bucket(row),
            user,
            None if of.start.dimension is None else dimension_of(value_of(row, of.start.dimension)),
        )
        for (user, _), row in found.items()
        if 0 <= plain.bucket(row) < of.axis.begun
    ]


def cells(
    rows: Sequence[Row], of: Retention, its: Sequence[tuple[int, str, str | None]]
) -> dict[tuple[int, int], Users]:
    """R4 to R6: by cohort and offset, of these entries; what has not begun is absent."""
    plain = Buckets(rows, of.back)
    back, found = plain.users(), dict[tuple[int, int], Users]()
    for cohort in range(of.axis.begun):
        entered = {user for at, user, _ in its if at == cohort}
        for offset in range(of.periods):
            if cohort + offset > plain.now:
                continue
            came = set[str]().union(
                *(
                    users
                    for bucket, users in back.items()
                    if bucket == cohort + offset or (of.returning is Returning.ON_OR_AFTER and bucket > cohort + offset)
                )
            )
            found[cohort, offset] = entered & came if offset else entered
    return found


def ranked(its: Sequence[tuple[int, str, str | None]]) -> list[str | None]:
    """R9, B4: values with the most users first."""
    users: dict[str | None, Users] = defaultdict(set)
    for _, user, value in its:
        users[value].add(user)
    return sorted(users, key=lambda name: (-len(users[name]), name is None, name or ""))


def lifecycle(rows: Sequence[Row], question: Question) -> list[dict[State, Users]]:
    """L2, of each bucket that has begun."""
    plain = Buckets(rows, question)
    active, born = plain.users(), dict[str, int]()
    for row in plain.rows:
        if row.user is not None:
            born.setdefault(row.user, plain.bucket(row))
    found = []
    for bucket in range(question.axis.begun):
        now, before = active.get(bucket, set()), active.get(bucket - 1, set())
        new = {user for user in now if born[user] == bucket}
        found.append(
            {
                State.NEW: new,
                State.RETURNING: (now - new) & before,
                State.RESURRECTED: now - new - before,
                State.DORMANT: before - now,
            }
        )
    return found


def histogram(rows: Sequence[Row], question: Question) -> list[int]:
    """K2."""
    plain = Buckets(rows, question)
    times = Counter(
        user for user, _ in {(row.user, plain.bucket(row)) for row in plain.chosen() if plain._in_period(row.at)}
    )
    return [list(times.values()).count(number) for number in range(1, len(question.axis.dates) + 1)]


def segments(rows: Sequence[Row], question: Question) -> dict[SegmentName, Users]:
    """G2, at the end of the question's period."""
    plain, day = Plain(rows, question), question.axis.period.end
    seen: dict[str, list[Row]] = defaultdict(list)
    for row in plain.rows:
        if row.user is not None and plain._day(row.at) <= day:
            seen[row.user].append(row)
    found: dict[SegmentName, Users] = {name: set() for name in SegmentName}
    for user, its in seen.items():
        first, last = (day - plain._day(its[place].at) for place in (0, -1))
        many = len({row.session for row in its} - {None})
        week, month = timedelta(7), timedelta(30)
        by_days = (
            SegmentName.NEW
            if first <= week
            else SegmentName.RETURNING
            if last <= week
            else SegmentName.DORMANT
            if last <= month
            else SegmentName.CHURNED
        )
        levels = ((15, SegmentName.POWER_USER), (5, SegmentName.REGULAR), (2, SegmentName.CASUAL))
        found[by_days].add(user)
        found[next((name for least, name in levels if many >= least), SegmentName.ONE_TIMER)].add(user)
    return found
