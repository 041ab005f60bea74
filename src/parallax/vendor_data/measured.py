"""One measure of one source as a Metric: ours, or a vendor's beside ours (Y3, Y4)."""

from asyncio import gather
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import orjson

from parallax.analyses.agreement import agreement
from parallax.analyses.questions import Ground
from parallax.analytics.measured import Comparable, axis_of
from parallax.apps.loaders import AppKey
from parallax.errors import InvalidParameter
from parallax.ids import GlobalId, canonical, encode
from parallax.metrics.alignment import Agreement, Alignment
from parallax.metrics.graph import Metric
from parallax.metrics.measures import Measure
from parallax.metrics.series import Series, Value, known
from parallax.metrics.shapes import Dimension, Period, SourceInfo
from parallax.periods import Axis
from parallax.vendor_data.asked import AskedMeasure, read_measure
from parallax.vendor_data.laid import FromVendor, Whose
from parallax.vendor_data.measures import WAYS, OwnWay, measured, way_of
from parallax.vendor_data.reading import At


async def measured_metric(at: At, client: UUID, asked: AskedMeasure, axis: Axis) -> Metric | None:
    """The Metric of one measure of one source; None where a vendor has nothing: `extensions.missing` says why.

    Whatever is wrong with a vendor is raised.
    """
    whose = Whose(at, AppKey(client, asked.app), axis.zone, asked.country)
    way = WAYS[asked.measure][asked.source]
    if isinstance(way, OwnWay):
        ours = way.measured(whose)
        series = Series(axis, lambda: ours.values(axis), lambda: ours.total(axis))
        return _metric(client, asked, series, lambda: way.told(at.context))
    theirs = FromVendor(asked.source, way, whose, asked.measure.value.unit)
    if (reason := theirs.obstacle(axis)) is not None:
        at.context.absences.note(at.path, asked.source.name, reason)
        return None
    laid = await theirs.laid(axis)
    if laid is None:
        return None
    values = laid.aligned.values
    return _metric(
        client,
        asked,
        Series(axis, values, known(laid.total)),
        lambda: laid.source,
        Alignment.of(laid.native, laid.aligned),
        lambda: _agreement(asked.measure, whose, axis, values),
    )


def _metric(
    client: UUID,
    asked: AskedMeasure,
    series: Series,
    told_source: Callable[[], SourceInfo],
    alignment: Alignment | None = None,
    told_agreement: Callable[[], Awaitable[Agreement | None]] | None = None,
) -> Metric:
    means = asked.measure.value
    return Metric(  # type: ignore[call-arg]  # its id is a resolver
        name=asked.measure.name,
        label=means.label,
        unit=means.unit,
        dimensions=[Dimension(name="country", value=asked.country)] if asked.country else [],
        period=Period.of(series.axis.period, series.axis.zone),
        granularity=asked.granularity,
        comparison=None,
        series=series,
        told_id=lambda: encode(GlobalId("Metric", client, (canonical(asked.said()),))),
        told_source=told_source,
        alignment=alignment,
        told_agreement=told_agreement,
    )


def checked_measure(at: At, ground: Ground, asked: AskedMeasure, axis: Axis, place: str) -> Comparable:
    """What gives its values over any axis. InvalidParameter for buckets that its source cannot be laid on."""
    found = measured(
        asked.measure, asked.source, Whose(at, AppKey(ground.client, asked.app), ground.zone, asked.country)
    )
    if isinstance(found, FromVendor) and (reason := found.obstacle(axis)) is not None:
        raise InvalidParameter(f"{place}source", asked.source.name, f"does not fit {asked.granularity.name}. {reason}")
    return found


async def input_metric(at: At, ground: Ground, asked: AskedMeasure) -> Metric:
    """As a series of a formula: without a value where its source has nothing."""
    axis = axis_of(at.context, ground.zone, asked.period, asked.granularity)
    found = await measured_metric(at, ground.client, asked, axis)
    if found is not None:
        return found
    nothing = Series(axis, [None] * len(axis.dates), known(None))
    return _metric(ground.client, asked, nothing, lambda: _unknown(asked))


def _unknown(asked: AskedMeasure) -> SourceInfo:
    return SourceInfo(
        system=asked.source,
        label=asked.source.name,
        definition=asked.measure.value.definition,
        reference=None,
        is_estimate=False,
        user_basis=None,
        as_of=None,
        is_stale=False,
        settled_until=None,
        confidence=None,
        confidence_score=None,
    )


async def _agreement(measure: Measure, whose: Whose, axis: Axis, theirs: Sequence[Value]) -> Agreement | None:
    """With our events; with the usage reports where they alone have the measure, or anything of it."""
    ways = [(source, way) for source, way in WAYS[measure].items() if isinstance(way, OwnWay)]
    asked = {
        source: way.measured(whose).values(axis) for source, way in ways if way.by_country or whose.country is None
    }
    ours = list(zip(asked, await gather(*asked.values()), strict=True))
    if not ours:
        return None
    source, values = next((each for each in ours if any(each[1])), ours[0])
    return Agreement.of(source, agreement(axis, theirs, values))


async def measured_again(at: At, client: UUID, question: str) -> Metric | None:
    """The series that a Metric's id stands for; None when its app is not there (any more), or nobody asked that."""
    try:
        asked = read_measure(orjson.loads(question))
        way_of(asked.measure, asked.source, asked.country)
        if canonical(asked.said()) != question:
            return None
    except (KeyError, ValueError, TypeError, AttributeError, InvalidParameter):  # an id that we never gave out
        return None
    record = await at.context.app.load(AppKey(client, asked.app))
    if record is None:
        return None
    axis = axis_of(at.context, record.time_zone, asked.period, asked.granularity)
    return await measured_metric(at, client, asked, axis)
