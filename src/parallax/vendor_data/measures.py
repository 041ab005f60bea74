"""Which source has which measure, and how it is asked: one table. A source that gains a measure gains a line here."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from parallax.analytics.asked import Cut, asked_series
from parallax.analytics.measured import Comparable, FromEvents
from parallax.context import Context
from parallax.errors import InvalidParameter
from parallax.filters.conditions import RawCondition
from parallax.metrics.catalog import ActivityMetric, Entry, MetricName, SourceSystem
from parallax.metrics.measures import Measure
from parallax.metrics.shapes import SourceInfo, of_events
from parallax.periods import FROM_DAY
from parallax.usage.measured import FromReports, of_reports
from parallax.vendor_data import theirs
from parallax.vendor_data.laid import FromVendor, VendorWay, Whose
from parallax.vendor_data.own import NextDay, Returning
from parallax.vendor_data.sensor_tower.measures import StoreEstimate, StoreUsage


@dataclass(frozen=True, slots=True)
class OwnWay:
    """How one of our own sources answers a measure. `by_country`: it can tell one country from others."""

    measured: Callable[[Whose], Comparable]
    told: Callable[[Context], SourceInfo]
    by_country: bool


Way: TypeAlias = OwnWay | VendorWay


# ---------------------------------------------------------------- our own
def _cut(whose: Whose) -> Cut:
    """Of events their property `country` tells."""
    return Cut(where=[RawCondition("country", value=whose.country)] if whose.country else ())


def _metric(name: MetricName) -> OwnWay:
    def measured(whose: Whose) -> FromEvents:
        return FromEvents(whose.context, whose.ground, asked_series(name, _cut(whose)))

    return _of_events(measured, name.value.definition, name.value.users)


def _of_events(measured: Callable[[Whose], Comparable], definition: str, users: bool = True) -> OwnWay:
    return OwnWay(measured, lambda context: of_events(context.now, definition, "events", users), by_country=True)


def _returning(whose: Whose) -> Returning:
    of = [FromEvents(whose.context, whose.ground, asked_series(name, _cut(whose))) for name in _ACTIVE_AND_NEW]
    return Returning(*of)


_ACTIVE_AND_NEW: Final = (MetricName.DAU, MetricName.USERS)


def _next_day(whose: Whose) -> NextDay:
    return NextDay(whose.context, whose.ground, asked_series(MetricName.DAU, _cut(whose)).where)


def _report(metric: ActivityMetric) -> OwnWay:
    return OwnWay(
        lambda whose: FromReports(whose.context, whose.app, metric.value),
        lambda context: of_reports(context, metric.value),
        by_country=False,
    )


WAYS: Final[Mapping[Measure, Mapping[SourceSystem, Way]]] = {
    Measure.ACTIVE_USERS: {
        SourceSystem.EVENTS: _metric(MetricName.DAU),
        SourceSystem.APP_USAGE: _report(ActivityMetric.USER_COUNT),
        SourceSystem.SENSOR_TOWER: theirs.estimate(StoreEstimate.ACTIVE_USERS),
        SourceSystem.KORE_AI: theirs.conversations("unique", is_additive=False),
        SourceSystem.KAON: theirs.hosted("devices", is_additive=False),
    },
    Measure.NEW_USERS: {
        SourceSystem.EVENTS: _metric(MetricName.USERS),
        SourceSystem.KORE_AI: theirs.conversations("new", is_additive=True),
    },
    Measure.RETURNING_USERS: {
        SourceSystem.EVENTS: _of_events(
            _returning,
            "Users with an event in the bucket, less those whose first event of any kind lies in it (A1, E2).",
        ),
        SourceSystem.KORE_AI: theirs.conversations("returning", is_additive=False),
    },
    Measure.SESSIONS: {
        SourceSystem.EVENTS: _metric(MetricName.SESSIONS),
        SourceSystem.APP_USAGE: _report(ActivityMetric.SESSION_COUNT),
        SourceSystem.SENSOR_TOWER: theirs.usage(StoreUsage.TOTAL_SESSION_COUNT),
        SourceSystem.KAON: theirs.hosted("engagements", is_additive=True),
    },
    Measure.TIME_SPENT: {
        SourceSystem.APP_USAGE: _report(ActivityMetric.ACTIVE_TIME),
        SourceSystem.SENSOR_TOWER: theirs.usage(StoreUsage.TOTAL_TIME_SPENT),
    },
    Measure.DOWNLOADS: {SourceSystem.SENSOR_TOWER: theirs.estimate(StoreEstimate.DOWNLOADS)},
    Measure.REVENUE: {SourceSystem.SENSOR_TOWER: theirs.estimate(StoreEstimate.REVENUE)},
    Measure.RETENTION: {
        SourceSystem.EVENTS: _of_events(
            _next_day,
            "Of the users whose first event lies in the bucket, the share with an event on the day after it (R3, R4, R7).",
        ),
        SourceSystem.SENSOR_TOWER: theirs.next_day(),
    },
}


def way_of(measure: Measure, source: SourceSystem, country: str | None, place: str = "") -> Way:
    """InvalidParameter for a source that has no such measure, or none of a single country, with those that do."""
    ways = WAYS[measure]
    found = ways.get(source)
    if found is None:
        problem = f"does not measure {measure.name}"
        raise InvalidParameter(f"{place}source", source.name, problem, [each.name for each in ways])
    if country is not None and not found.by_country:
        able = [each.name for each in ways if ways[each].by_country]
        raise InvalidParameter(f"{place}source", source.name, "cannot tell countries apart", able)
    return found


def measured(measure: Measure, source: SourceSystem, whose: Whose) -> Comparable:
    """What gives its values over any axis."""
    found = WAYS[measure][source]
    return (
        FromVendor(source, found, whose, measure.value.unit) if isinstance(found, VendorWay) else found.measured(whose)
    )


def entries() -> Iterator[Entry]:
    """The measures that some source has, as `metricCatalog` tells them."""
    for measure, ways in WAYS.items():
        if ways:
            yield Entry(
                name=measure.name,
                label=measure.value.label,
                description=measure.value.definition,
                unit=measure.value.unit,
                sources=tuple(ways),
                field=f"App.compareSources(measure: {measure.name})",
                arguments=("measure", "period", "granularity", "country", "sources"),
                granularities=FROM_DAY,
                is_additive=measure.value.additive,
            )
