"""A vendor's measure of an app, laid on the axis that was asked for (Y4)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from parallax.analyses.alignment import Aligned, Native, aligned, obstacle, wanted
from parallax.analyses.questions import Ground
from parallax.apps.loaders import AppKey
from parallax.context import Context
from parallax.engine.frames import EVENTS
from parallax.links.loaders import LinkRecord
from parallax.metrics.catalog import SourceSystem
from parallax.metrics.series import Value
from parallax.metrics.shapes import SourceInfo
from parallax.periods import Axis, Granularity, Period
from parallax.vendor_data.reading import At


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
class Asked:
    """What is asked of a vendor: its buckets that begin on `days`, which make up a period on the axis asked for."""

    whose: Whose
    link: LinkRecord
    native: Native
    days: Sequence[date]
    period: Period


@dataclass(frozen=True, slots=True)
class Told:
    """What a vendor has: `points` by the first day of its buckets, a total if it tells one of the whole period."""

    points: Mapping[date, Value]
    source: SourceInfo
    total: Value = None


@dataclass(frozen=True, slots=True)
class VendorWay:
    """How a vendor answers a measure. `native` is how it cuts it, when asked for buckets of a width in the client's zone;
    `told` asks it, None where little is left of the quota and the caller wants nothing then. `linked`: which links will do.
    """

    native: Callable[[Granularity, str], Native]
    told: Callable[[Asked], Awaitable[Told | None]]
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
    """As the vendor answers it: its failures are raised."""

    system: SourceSystem
    way: VendorWay
    whose: Whose

    async def laid(self, axis: Axis) -> Laid | None:
        """None where nothing is linked, and as of `VendorWay.told`. Only for what has no obstacle."""
        links = await self.whose.context.app_links.load(self.whose.app)
        link = next((each for each in links if each.to.system is self.system and self.way.linked(each)), None)
        if link is None:
            self.whose.context.absences.note(self.whose.at.path, self.system.name, "The app is not linked to it.")
            return None
        native, today = self.way.native(axis.granularity, axis.zone), self.whose.today
        told = await self.way.told(Asked(self.whose, link, native, wanted(native, axis, today), axis.period))
        if told is None:
            return None
        found = aligned(native, told.points, axis, today)
        return Laid(native, found, _total(native, found, told, axis), told.source)

    async def values(self, axis: Axis) -> list[Value]:
        laid = await self.laid(axis)
        return [None] * len(axis.dates) if laid is None else laid.aligned.values

    async def total(self, axis: Axis) -> Value:
        laid = await self.laid(axis)
        return None if laid is None else laid.total

    async def of_no_days(self) -> Value:
        return None

    def obstacle(self, granularity: Granularity) -> str | None:
        return obstacle(self.way.native(granularity, self.whose.zone), granularity)


def _total(native: Native, found: Aligned, told: Told, axis: Axis) -> Value:
    """By the source, where it tells one; else what can be added up, where nothing is missing that has begun (V5)."""
    begun = found.values[: axis.begun]
    if told.total is not None or not native.additive or None in begun or not begun:
        return told.total
    return sum(value for value in begun if value is not None)
