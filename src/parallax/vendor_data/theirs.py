"""Measures of the vendors: which of their own series answers one, and how they cut it."""

from datetime import date
from typing import Final

from parallax.analyses.alignment import SUNDAY, Native, sticks_out
from parallax.links.keys import Store
from parallax.links.loaders import LinkRecord
from parallax.metrics.graph import Metric
from parallax.metrics.shapes import PeriodInput
from parallax.periods import Axis, Granularity, Period
from parallax.periods import axis as axis_over
from parallax.scalars import DayText
from parallax.vendor_data.kaon.series import Asked as KaonAsked
from parallax.vendor_data.kaon.series import kaon_metric
from parallax.vendor_data.kaon.weeks import Hosted
from parallax.vendor_data.kore_ai.trend import Asked as KoreAiAsked
from parallax.vendor_data.kore_ai.trend import ConversationStatus, ConversationType, engagement
from parallax.vendor_data.laid import VendorWay, Whose
from parallax.vendor_data.sensor_tower.estimates import Estimate, estimated
from parallax.vendor_data.sensor_tower.estimates import Whose as Kind
from parallax.vendor_data.sensor_tower.keys import StoreKey
from parallax.vendor_data.sensor_tower.measures import SALES, StoreEstimate, StoreUsage
from parallax.vendor_data.sensor_tower.quarters import by_quarter
from parallax.vendor_data.sensor_tower.retention import MEASURED as CURVE
from parallax.vendor_data.sensor_tower.usage import Usage, used
from parallax.vendor_data.series import OF_VENDOR, vendor_metric
from parallax.vendors.sensor_tower.buckets import PER_DAY
from parallax.vendors.sensor_tower.retention import RETENTION
from parallax.vendors.sensor_tower.stores import WORLD

MOST_DAYS: Final = 92
"""Of a period whose days are asked for in the place of longer buckets: a call for each week of them."""


def _as_asked(period: Period) -> PeriodInput:
    return PeriodInput(start=period.start, end=period.end)


# ---------------------------------------------------------------- Sensor Tower
def estimate(name: StoreEstimate) -> VendorWay:
    """Of the product over its editions; its days have no zone, its weeks begin on Monday.

    Weeks, months and quarters are asked for as such: that costs fewer calls than their days, and users of a month are no sum.
    Days are asked for where the period cuts a bucket of what may be added up, and is short.
    """

    def native(axis: Axis, today: date) -> Native:
        width = axis.granularity
        if name not in SALES:
            return Native(width if width in PER_DAY else Granularity.MONTH, None, additive=False)
        by_day = axis.period.days <= MOST_DAYS and sticks_out(axis, today)
        return Native(Granularity.DAY if by_day else width, None, additive=True)

    async def metric(whose: Whose, link: LinkRecord, period: Period, granularity: Granularity) -> Metric | None:
        countries = (whose.country or WORLD,)
        named, asked = _named(whose, link), _as_asked(period)
        return await estimated(whose.at, Estimate(Kind.PRODUCT, named, name, asked, granularity, countries))

    return VendorWay(native, metric, by_country=True)


def usage(name: StoreUsage) -> VendorWay:
    """Of all users together, by month alone."""

    async def metric(whose: Whose, link: LinkRecord, period: Period, granularity: Granularity) -> Metric | None:
        regions = () if whose.country is None else (whose.country,)
        asked = Usage(_named(whose, link), True, name, granularity, _as_asked(period), regions)
        return await used(whose.at, asked)

    return VendorWay(lambda *_: Native(Granularity.MONTH, None, name.value.is_additive), metric, by_country=True)


def next_day() -> VendorWay:
    """The first of the rates that the curve of a store's edition has, quarter by quarter. A product over both stores has no
    curve: rates of two cannot be put together without the numbers of those who stayed.
    """

    async def metric(whose: Whose, link: LinkRecord, period: Period, granularity: Granularity) -> Metric | None:
        told = await by_quarter(whose.at, _named(whose, link), RETENTION, CURVE, _as_asked(period), whose.country)
        if told is None:
            return None
        line = axis_over(period, granularity, OF_VENDOR, whose.context.today(OF_VENDOR))
        rates = {each.start: next(iter(each.part["rates"]), None) for each in told}
        least_sure = min(told, key=lambda each: each.part["confidence"] or 0)
        values = [rates.get(DayText(day)) for day in line.date_texts]
        return vendor_metric(whose.app.client, {}, CURVE, line, values, None, least_sure.source)

    return VendorWay(
        lambda *_: Native(Granularity.QUARTER, None, additive=False),
        metric,
        by_country=True,
        linked=lambda link: link.to.store is not Store.UNIFIED,
    )


def _named(whose: Whose, link: LinkRecord) -> StoreKey:
    assert link.to.store is not None, "an app of the stores is one's or the other's"
    return StoreKey(whose.app.client, link.to.store, link.to.key)


# ---------------------------------------------------------------- Kore.ai
def conversations(measure: str, is_additive: bool) -> VendorWay:
    """Users of all conversations by day, in the client's zone. Who is new is so on one day, and may be added up."""

    async def metric(whose: Whose, link: LinkRecord, period: Period, granularity: Granularity) -> Metric | None:
        kind, status = ConversationType.ALL, ConversationStatus.ALL
        asked = KoreAiAsked(whose.app, link.to.key, _as_asked(period), granularity, kind, status, (), None)
        found = await engagement(whose.at, asked, whose.zone)
        return None if found is None else found.metric(measure)

    return VendorWay(lambda axis, _: Native(Granularity.DAY, axis.zone, is_additive), metric)


# ---------------------------------------------------------------- Kaon
def hosted(measure: str, is_additive: bool) -> VendorWay:
    """By its weeks alone, Sunday to Saturday, in no zone that it tells. By country it counts "unique engagements", which
    are not said to be these: of a country it has nothing.
    """

    async def metric(whose: Whose, link: LinkRecord, period: Period, _: Granularity) -> Metric | None:
        return await kaon_metric(whose.at, Hosted(whose.app, link, whose.zone), KaonAsked(measure, _as_asked(period)))

    return VendorWay(lambda *_: Native(Granularity.WEEK, None, is_additive, SUNDAY), metric)
