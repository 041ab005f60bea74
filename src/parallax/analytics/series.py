"""A Metric over events: what is asked of the engine, when somebody wants it, and how the answer is laid out."""

from collections.abc import Awaitable, Callable
from typing import Any

from parallax.analyses.questions import Function, Ground
from parallax.analytics.asked import AskedSeries
from parallax.analytics.measured import FromEvents, Measured, axis_of
from parallax.analytics.slices import comparison, shown
from parallax.comparison import compared
from parallax.context import Context
from parallax.engine.frames import LOGS
from parallax.ids import GlobalId, canonical, encode
from parallax.metrics import shapes
from parallax.metrics.catalog import Analysis, EventMetric
from parallax.metrics.graph import Later, Metric, MetricSlice
from parallax.metrics.series import Series
from parallax.metrics.shapes import SourceInfo, of_events
from parallax.periods import Axis, Comparison, Granularity, Period, axis


def series_metric(context: Context, ground: Ground, asked: AskedSeries) -> Metric:
    """The Metric of one series. InvalidParameter for a period that it cannot have (T6)."""

    def told_source() -> SourceInfo:
        reference = "logs" if asked.stream == LOGS else "events"
        return of_events(context.now, _definition(asked), reference, asked.means.users)

    return metric_of(
        context,
        ground,
        FromEvents(context, ground, asked),
        (asked.metric.name, asked.means),
        axis_of(context, ground.zone, asked.period, asked.granularity),
        asked.compare,
        asked.said,
        told_source,
    )


def metric_of(
    context: Context,
    ground: Ground,
    measured: Measured,
    named: tuple[str, EventMetric],
    main: Axis,
    compare: Comparison | None,
    said: Callable[[], dict[str, Any]],
    told_source: Callable[[], SourceInfo],
    told_inputs: Callable[[], list[Later[Metric]]] | None = None,
) -> Metric:
    """The Metric of whatever is measured. `said` is for its id."""
    name, means = named
    today = context.today(ground.zone)
    other = None if compare is None else compared(main, compare, today, context.now)
    series = Series(main, lambda: measured.values(main), lambda: measured.total(main))

    def told_id() -> str:
        scope = {} if ground.app is None else {"app": str(ground.app)}
        return encode(GlobalId("Metric", ground.client, (canonical({**said(), **scope}),)))

    def told_slices(first: int) -> Awaitable[list[MetricSlice]]:
        return shown(measured, series, other, measured.slices(main, first))

    return Metric(  # type: ignore[call-arg]  # its id is a resolver
        name=name,
        label=means.label,
        unit=means.unit,
        dimensions=[],
        period=shapes.Period.of(main.period, ground.zone),
        granularity=main.granularity,
        comparison=None if other is None else comparison(series, other, measured),
        series=series,
        told_id=told_id,
        told_source=told_source,
        told_slices=told_slices if measured.is_broken else None,
        told_inputs=told_inputs,
    )


def undivided(context: Context, period: Period, zone: str) -> Axis:
    """An axis for what is asked of the period as a whole: of as few buckets as there may be."""
    return axis(period, Granularity.QUARTER, zone, context.today(zone))


def _definition(asked: AskedSeries) -> str:
    """What is counted, with the function that was chosen."""
    if asked.function is None:
        return asked.means.definition
    chosen = asked.function.name
    subject = f"of the numeric values of {asked.numbers_of.name}" if asked.numbers_of else "of their numbers of events"
    if asked.metric is Analysis.PER_ACTOR:
        if asked.numbers_of:
            subject = f"of what the numeric values of {asked.numbers_of.name} sum to for each"
        return f"{chosen} over the users of the bucket {subject}; null without users (P1)."
    nothing = "0" if asked.function in (Function.SUM, Function.COUNT) else "null"
    return f"{chosen} {subject} on the counted events; {nothing} without such values (P3)."
