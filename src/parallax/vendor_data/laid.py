"""A vendor's measure of an app, laid on the axis that was asked for (Y4)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from parallax.analyses.alignment import Aligned, Native, aligned, last_day, obstacle, wanted
from parallax.analyses.questions import Ground
from parallax.apps.loaders import AppKey
from parallax.context import Context
from parallax.engine.frames import EVENTS
from parallax.errors import InvalidParameter
from parallax.links.loaders import LinkRecord
from parallax.metrics.catalog import SourceSystem, Unit
from parallax.metrics.graph import Metric
from parallax.metrics.series import Value, measured
from parallax.metrics.shapes import SourceInfo
from parallax.periods import Axis, Granularity, Period
from parallax.vendor_data.reading import At
from parallax.vendor_data.series import OF_VENDOR


@dataclass(frozen=True, slots=True)
class Whose:
    """The app that is asked about, in one country or (None) everywhere; and where in the answer."""

    at: At
    app: AppKey
    zone: str
    country: str | None

    @property
    def context(self) -> Context:
        return self.at.context

    @property
    def today(self) -> date:
        return self.context.today(self.zone)

    @property
    def ground(self) -> Ground:
        return Ground(self.app.client, self.app.id, EVENTS, self.zone, self.today)


@dataclass(frozen=True, slots=True)
class VendorWay:
    """How a vendor answers a measure. `native` is how it is asked to cut it, for an axis to be laid on, and by what today is.

    `metric` asks it for its own series of a period, in buckets of a width: as its own field shows it, None included. Of
    the links `linked` tells which will do.
    """

    native: Callable[[Axis, date], Native]
    metric: Callable[[Whose, LinkRecord, Period, Granularity], Awaitable[Metric | None]]
    by_country: bool = False
    linked: Callable[[LinkRecord], bool] = lambda _: True


@dataclass(frozen=True, slots=True)
class Laid:
    native: Native
    aligned: Aligned
    total: Value
    source: SourceInfo


@dataclass(frozen=True, slots=True)
class FromVendor:
    """A measure in `unit`, as a vendor answers it: its failures are raised."""

    system: SourceSystem
    way: VendorWay
    whose: Whose
    unit: Unit

    def obstacle(self, axis: Axis) -> str | None:
        return obstacle(self.way.native(axis, self.whose.today), axis.granularity)

    async def laid(self, axis: Axis) -> Laid | None:
        """None where it has nothing: `extensions.missing` says why. Only for what has no obstacle."""
        links = await self.whose.context.app_links.load(self.whose.app)
        link = next((each for each in links if each.to.system is self.system and self.way.linked(each)), None)
        today = self.whose.today
        native = self.way.native(axis, today)
        there = self.whose.context.today(native.zone or OF_VENDOR)  # a day may have begun here, and not there
        days = wanted(native, axis, min(today, there))
        if link is None:
            self._tell("The app is not linked to anything there that has the measure.")
            return None
        if not days:
            self._tell(f"No {native.granularity.name} that has begun lies in the period as a whole.")
            return None
        asked = Period(days[0], last_day(native, days[-1]))
        try:
            metric = await self.way.metric(self.whose, link, asked, native.granularity)
        except InvalidParameter as refused:
            refused.source = self.system.name  # it is this source alone that does not take the question
            raise
        if metric is None:
            return None
        theirs, scale = metric.series, SCALES.get((metric.unit, self.unit), 1)
        assert not callable(theirs.values), "what a vendor told is at hand"
        points = {
            day: None if value is None else value * scale
            for day, value in zip(theirs.axis.dates, theirs.values, strict=True)
        }
        found = aligned(native, points, axis, today)
        total = _sum(found, axis) if native.additive else None
        if not native.additive and asked == Period(axis.period.start, min(axis.period.end, today)):
            total = await theirs.total()  # of the very days that were asked for
        return Laid(native, found, total, metric.told_source())

    def _tell(self, reason: str) -> None:
        self.whose.context.absences.note(self.whose.at.path, self.system.name, reason)

    async def values(self, axis: Axis) -> list[Value]:
        laid = await self.laid(axis)
        return [None] * len(axis.dates) if laid is None else laid.aligned.values

    async def total(self, axis: Axis) -> Value:
        laid = await self.laid(axis)
        return None if laid is None else laid.total

    async def of_no_days(self) -> Value:
        return None


SCALES: Final = {(Unit.SECONDS, Unit.MILLISECONDS): 1000}


def _sum(found: Aligned, axis: Axis) -> Value:
    """Of what has begun; None where any of it is missing (V5)."""
    values = measured(found.values[: axis.begun])
    return sum(values) if len(values) == axis.begun else None
