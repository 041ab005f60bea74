"""What Kore.ai says of a range, laid on an axis of days or hours."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Any, Final
from uuid import UUID

from parallax.apps.loaders import AppKey
from parallax.clients.zones import checked_zone
from parallax.errors import InvalidParameter
from parallax.metrics.catalog import Unit, UserBasis
from parallax.metrics.graph import Metric
from parallax.metrics.series import Value
from parallax.metrics.shapes import PeriodInput
from parallax.periods import Axis, Granularity, Period, axis, checked
from parallax.vendor_data.reading import At, account_of, read
from parallax.vendor_data.series import Measured, source_info, vendor_metric
from parallax.vendors.gathering import Gathered
from parallax.vendors.kore_ai import LONGEST, SETTLES, SYSTEM, TREND, Question, Told
from parallax.vendors.pieces import Piece

FAMILY: Final = "kore_ai"
REFERENCE: Final = "userEngagementTrend"
MOST_CHANNELS: Final = 20
CHANNEL: Final = re.compile("[a-z0-9_-]{1,40}")
AGGREGATION: Final = {Granularity.DAY: "daily", Granularity.HOUR: "hourly"}
_WHO: Final = (
    "Distinct users {} with the bot in the bucket, as a channel knows them; a user of two channels counts twice."
)
MEASURES: Final = {
    name: Measured(f"{name.upper()}_USERS", label, Unit.COUNT, _WHO.format(what), False, UserBasis.CHANNEL_USER)
    for name, label, what in (
        ("unique", "Conversation users", "who talked"),
        ("new", "New conversation users", "who talked for the first time"),
        ("returning", "Returning conversation users", "who had talked before, and talked again"),
    )
}
"""None may be added up: a user of two days, or of two hours, is in both."""


class ConversationType(Enum):
    """As the source writes them, like those below."""

    ALL = "All"
    INTERACTIVE = "Interactive"
    NON_INTERACTIVE = "Non Interactive"


class ConversationStatus(Enum):
    ALL = "All"
    ACTIVE = "Active"
    CLOSED = "Closed"


def checked_channels(channels: Sequence[str] | None) -> tuple[str, ...]:
    """In order, each once; none are all. Which there are the source alone knows."""
    if channels is None:
        return ()
    codes = sorted({code.strip().lower() for code in channels})
    if not 1 <= len(codes) <= MOST_CHANNELS or not all(map(CHANNEL.fullmatch, codes)) or "all" in codes:
        sent = [code[:40] for code in channels[:MOST_CHANNELS]]
        allowed = [f"1 to {MOST_CHANNELS} codes of letters, digits, _ and -, as rtm or msteams; absent for all"]
        raise InvalidParameter("channels", sent, "must be a list of channel codes", allowed)
    return tuple(codes)


@dataclass(frozen=True, slots=True)
class Asked:
    """Checked. `zone` None: the client's."""

    app: AppKey
    stream: str
    period: PeriodInput
    granularity: Granularity
    kind: ConversationType
    status: ConversationStatus
    channels: tuple[str, ...]
    zone: str | None

    def said(self) -> dict[str, Any]:
        """For the id of a series (E4)."""
        return {
            "vendor": FAMILY,
            "app": str(self.app.id),
            "stream": self.stream,
            "period": self.period.as_asked(),
            "granularity": self.granularity.name,
            "type": self.kind.name,
            "status": self.status.name,
            "channels": list(self.channels),
            "zone": self.zone,
        }

    @classmethod
    def read(cls, client: UUID, said: Mapping[str, Any]) -> "Asked":
        """KeyError, ValueError, TypeError, AttributeError or InvalidParameter for what nobody asked."""
        return cls(
            AppKey(client, UUID(said["app"])),
            said["stream"],
            PeriodInput.read(said["period"]),
            checked(Granularity[said["granularity"]], AGGREGATION),
            ConversationType[said["type"]],
            ConversationStatus[said["status"]],
            checked_channels(said["channels"] or None),
            None if said["zone"] is None else checked_zone(said["zone"]),
        )


@dataclass(frozen=True, slots=True)
class Engagement:
    """What came of a question. `told` is what was said of each range by its days; several, where it was too long for one
    call."""

    asked: Asked
    axis: Axis
    ranges: tuple[tuple[Period, Told | None], ...]
    found: Gathered
    settled_until: date

    @property
    def whole(self) -> Told | None:
        """Of all days in one: what only the source can say of them."""
        [first, *more] = self.ranges
        return None if more else first[1]

    @property
    def day_count(self) -> int:
        return int(sum(told.days for _, told in self.ranges if told is not None))

    def metric(self, measure: str) -> Metric:
        measured, whole = MEASURES[measure], self.whole
        said = {**self.asked.said(), "measure": measure}
        cut = {"conversationType": self.asked.kind.name, "status": self.asked.status.name}
        dimensions = {name: value for name, value in cut.items() if value != "ALL"}
        if self.asked.channels:
            dimensions["channels"] = ",".join(self.asked.channels)
        return vendor_metric(
            self.asked.app.client,
            said,
            measured,
            self.axis,
            self._values(measure),
            None if whole is None else float(whole.total[measure]),
            source_info(
                SYSTEM, "Kore.ai", measured, REFERENCE, self.found, is_estimate=False, settled_until=self.settled_until
            ),
            dimensions,
            zone=self.axis.zone,
        )

    def _values(self, measure: str) -> Sequence[Value]:
        """A day that is left out had nobody; one that was not told, or has not begun, is null."""
        by_hour, clock = self.asked.granularity is Granularity.HOUR, clock_of(self.axis)
        twice = {place for place, times in Counter(clock).items() if times > 1} if by_hour else set()
        values: list[Value] = []
        for place, (day, hour) in enumerate(clock):
            told = next((told for span, told in self.ranges if span.start <= day <= span.end), None)
            if told is None or place >= self.axis.begun or (day, hour) in twice:
                values.append(None)
            else:
                values.append(float(told.at(measure, day, hour) if by_hour else told.on(measure, day)))
        return values

    def notes(self) -> list[str]:
        """Why something is null that the source measured."""
        notes = []
        if len(self.ranges) > 1:
            longest = LONGEST[AGGREGATION[self.asked.granularity]]
            notes.append(
                f"Totals and averages of more than {longest} days by {self.asked.granularity.name} are not told: "
                "distinct users of several ranges cannot be added up."
            )
        if self.asked.granularity is Granularity.HOUR:
            notes += self._clock_changes()
        return notes

    def _clock_changes(self) -> list[str]:
        """The source has 24 hours on every day, by the clock."""
        hours, notes = Counter(clock_of(self.axis)), []
        for day in sorted({day for day, _ in hours}):
            told = next((told for span, told in self.ranges if span.start <= day <= span.end), None)
            if any(hours[day, hour] > 1 for hour in range(24)):
                notes.append(
                    f"On {day} the clock shows an hour twice, of which the source gives one number: both are null."
                )
            skipped = [hour for hour in range(24) if not hours[day, hour]]
            if told is not None and any(told.at(measure, day, hour) for measure in MEASURES for hour in skipped):
                notes.append(f"On {day} the source has users in an hour that the clock skips: they are in no bucket.")
        return notes


def clock_of(axis: Axis) -> list[tuple[date, int]]:
    """Day and hour that the clock of the axis' zone shows at the beginning of each bucket."""
    return [(day, int(at[11:13])) for day, at in zip(axis.dates, axis.at_texts, strict=True)]


async def engagement(at: At, asked: Asked, client_zone: str) -> Engagement | None:
    """None where little is left of the quota and the caller wants nothing then. Raises InvalidParameter, and whatever is
    wrong with the source."""
    context, zone = at.context, asked.zone or client_zone
    today, granularity = context.today(zone), checked(asked.granularity, AGGREGATION)
    period = asked.period.resolved(today)
    line = axis(period, granularity, zone, today, context.now if granularity is Granularity.HOUR else None)
    if period.start > today:
        raise InvalidParameter(
            "period", asked.period.as_asked(), f"begins after today, {today}: nothing is counted yet"
        )
    question = Question(
        asked.stream, AGGREGATION[granularity], asked.kind.value, asked.status.value, asked.channels, zone
    )
    pieces = question.pieces(period.start, min(period.end, today))
    found = await read(at, await account_of(at, asked.app.client, SYSTEM), TREND, pieces)
    if found is None:
        return None
    ranges = tuple((_days(piece), Told.of(found.kept[piece].part) if piece in found.kept else None) for piece in pieces)
    made = Engagement(asked, line, ranges, found, today - SETTLES - timedelta(days=1))
    for note in made.notes():
        context.absences.note(at.path, SYSTEM.name, note)
    return made


def _days(piece: Piece) -> Period:
    told = dict(piece.shared)
    return Period(*(date.fromisoformat(told[name]) for name in ("start_date", "end_date")))
