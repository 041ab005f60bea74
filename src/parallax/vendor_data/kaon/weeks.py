"""Kaon's weeks: Sunday to Saturday. A period is widened to whole ones (T3)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from parallax.apps.loaders import AppKey
from parallax.context import Context
from parallax.errors import InvalidParameter
from parallax.links.loaders import LinkRecord
from parallax.metrics.graph import PeriodInput
from parallax.metrics.series import Value
from parallax.periods import DEFAULT_LAST, MOST_BUCKETS, Axis, Granularity, Period
from parallax.scalars import DayText
from parallax.vendor_data.reading import At
from parallax.vendors.kaon import FIRST_FULL_WEEK, SETTLES, SYSTEM, WEEK, Read, Reads, reads, sunday_of, week_of
from parallax.vendors.pieces import Piece

ZONE = "UTC"
"""Assumed: the source tells none, and so does the graph."""


@dataclass(frozen=True, slots=True)
class Hosted:
    """An app at Kaon, as one of ours is linked to it. `zone` is the client's."""

    app: AppKey
    link: LinkRecord
    zone: str

    @property
    def client(self) -> UUID:
        return self.app.client

    @property
    def key(self) -> str:
        return self.link.to.key

    def named(self) -> dict[str, str]:
        """What leads back to it."""
        return {"app": str(self.app.id), "client": self.key}

    def reads(self, context: Context) -> Reads:
        return reads(context.db.settings.kaon_names)


@dataclass(frozen=True, slots=True)
class Weeks:
    """By number, both included; `lowest` is the first of which the source has what is asked."""

    first: int
    last: int
    today: date
    lowest: int = FIRST_FULL_WEEK

    @property
    def running(self) -> int:
        return week_of(self.today)

    @property
    def told(self) -> range:
        """Those that the source can be asked for."""
        return range(max(self.first, self.lowest), min(self.last, self.running) + 1)

    @property
    def period(self) -> Period:
        return Period(sunday_of(self.first), saturday_of(self.last))

    @property
    def axis(self) -> Axis:
        weeks, running = range(self.first, self.last + 1), self.running
        dates = tuple(map(sunday_of, weeks))
        texts = tuple(day.isoformat() for day in dates)
        return Axis(
            period=self.period,
            granularity=Granularity.WEEK,
            zone=ZONE,
            dates=dates,
            spans=tuple(Period(day, day + WEEK - timedelta(days=1)) for day in dates),
            date_texts=texts,
            at_texts=tuple(f"{text}T00:00:00+00:00" for text in texts),
            partial=tuple(week >= running for week in weeks),
            begun=sum(week <= running for week in weeks),
        )

    @property
    def settled_until(self) -> date:
        """The end of the last week that is taken to be told for good."""
        return saturday_of(week_of(self.today - SETTLES) - 1)

    def pieces(self, of: Read, client: str) -> dict[int, Piece]:
        return {week: of.piece(client, week) for week in self.told}

    def values(self, value: Callable[[int], Value]) -> Sequence[Value]:
        """Null for weeks that have not begun, and of which the source has nothing."""
        told = self.told
        return [value(week) if week in told else None for week in range(self.first, self.last + 1)]

    def note(self, at: At) -> None:
        if self.first < self.lowest:
            at.context.absences.note(
                at.path,
                SYSTEM.name,
                f"The source has nothing of this before {sunday_of(self.lowest)}: null until then.",
            )


def today_of(context: Context) -> date:
    return context.today(ZONE)


def saturday_of(week: int) -> date:
    return sunday_of(week + 1) - timedelta(days=1)


def whole_weeks(
    asked: PeriodInput | None, today: date, lowest: int = FIRST_FULL_WEEK, most: int = MOST_BUCKETS
) -> Weeks:
    """Raises InvalidParameter for more than `most` weeks, and where none of them is one that the source can have."""
    asked = asked or PeriodInput(last=DEFAULT_LAST)
    period = asked.resolved(today)
    weeks = Weeks(week_of(period.start), week_of(period.end), today, lowest)
    count, first, last = weeks.last - weeks.first + 1, sunday_of(lowest), saturday_of(weeks.running)
    if count > most:
        raise InvalidParameter("period", asked.as_asked(), f"has {count:,} weeks", (f"at most {most:,} weeks",))
    if not weeks.told:
        problem = f"lies outside what the source has, {first} to {last}"
        raise InvalidParameter("period", asked.as_asked(), problem)
    return weeks


def one_week(day: date | None, today: date, lowest: int = FIRST_FULL_WEEK) -> int:
    """The week of a day, of today where none is given. Raises InvalidParameter."""
    week, running = week_of(day or today), week_of(today)
    if not lowest <= week <= running:
        problem = f"lies outside what the source has, {sunday_of(lowest)} to {saturday_of(running)}"
        raise InvalidParameter("week", None if day is None else day.isoformat(), problem)
    return week


def day_text(day: date) -> DayText:
    return DayText(day.isoformat())
