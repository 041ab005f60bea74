"""Top lists (W) and groups (M): what they are asked by, and how they are shown."""

from collections.abc import Awaitable, Sequence
from dataclasses import replace

import strawberry

from parallax.analyses.questions import (
    Ground,
    Grouped,
    GroupedAnswer,
    Intensity,
    Measure,
    Order,
    Question,
    Size,
    Top,
)
from parallax.analyses.questions import TopEntry as Counted
from parallax.analytics.asked import checked_event, checked_property
from parallax.analytics.inputs import ConditionInput, GroupIntensityInput, GroupSizeInput, LogProperty, raw
from parallax.analytics.series import undivided
from parallax.context import Context
from parallax.costs import ROWS
from parallax.engine.frames import EVENTS, LOGS
from parallax.errors import InvalidParameter
from parallax.filters.conditions import checked as checked_conditions
from parallax.filters.fields import EVENT_FIELDS, LOG_FIELDS, Field, checked_dimension, field_of
from parallax.metrics import shapes
from parallax.metrics.shapes import PeriodInput
from parallax.pages import checked_first
from parallax.periods import DEFAULT_LAST, Period, resolve

TOP_ENTRIES = 10
GROUPS = 20


@strawberry.type(description="One value of a top list, with how many have it.")
class TopEntry:
    name: str | None = strawberry.field(
        description="The value, as text; null for what has none: missing, empty, an object or an array (B2)."
    )
    count: float = strawberry.field(description="How many events, sessions or log records have it in the period.")
    users: int = strawberry.field(description="How many distinct users these are of; those without a user are of none.")


@strawberry.type(description="A value, or the rest, of a grouping.")
class MetricGroup:
    dimension: str | None = strawberry.field(
        description="The value, as text; null for what has none, and where `isOther` (B2)."
    )
    is_other: bool = strawberry.field(description="Whether it holds all values that the list does not name.")
    size: float = strawberry.field(description="How large the group is, by `size`; 0 for a sum of nothing.")
    intensity: float | None = strawberry.field(
        description="How much it does, by `intensity`; null where that is not defined, as an average of nothing."
    )


@strawberry.type(description="The events of a period by value, with the size and the intensity of each group (M).")
class GroupedMetric:
    period: shapes.Period = strawberry.field(description="The days that were counted.")
    groups: list[MetricGroup] = strawberry.field(
        description="Largest first, ties by value; all beyond `maxGroups` as one last group with `isOther`. At most 1000 "
        "and that one.",
        metadata=ROWS,
    )
    total_size: float = strawberry.field(
        description="The size over all events as one group: a user who is in several counts once (M2)."
    )


# ---------------------------------------------------------------- top lists
def top(
    context: Context,
    ground: Ground,
    dimension: Field,
    period: PeriodInput | None,
    first: int | None,
    where: Sequence[ConditionInput] | None,
    *,
    measure: Measure = Measure.EVENTS,
    event: str | None = None,
    order: Order = Order.COUNT,
    stream: int = EVENTS,
) -> Awaitable[list[TopEntry]]:
    question = _question(context, ground, period, where, event, stream)
    most = checked_first(TOP_ENTRIES if first is None else first)
    asked: Awaitable[list[Counted]] = context.asked.load(
        Top(replace(question, measure=measure, dimension=dimension), most, order)
    )

    async def shown() -> list[TopEntry]:
        return [TopEntry(name=each.name, count=float(each.count), users=int(each.users)) for each in await asked]

    return shown()


def log_field(property: LogProperty | None) -> Field:
    return field_of((property or LogProperty.LEVEL).name.lower(), LOG_FIELDS)


# ---------------------------------------------------------------- groups
def grouped(
    context: Context,
    ground: Ground,
    group_by: str,
    size: GroupSizeInput,
    intensity: GroupIntensityInput,
    event: str | None,
    period: PeriodInput | None,
    where: Sequence[ConditionInput] | None,
    max_groups: int | None,
) -> Awaitable[GroupedMetric]:
    question = replace(
        _question(context, ground, period, where, event, EVENTS), dimension=checked_dimension(group_by, "groupBy")
    )
    asked: Awaitable[GroupedAnswer] = context.asked.load(
        Grouped(
            question,
            size.type,
            intensity.type,
            checked_first(GROUPS if max_groups is None else max_groups, argument="maxGroups"),
            _needed(size.property, size.type is Size.SUM, "size.property", "SUM"),
            _needed(intensity.property, intensity.type is Intensity.AVG, "intensity.property", "AVG"),
            _percentile(intensity),
        )
    )

    async def shown() -> GroupedMetric:
        answer = await asked
        return GroupedMetric(
            period=shapes.Period.of(question.axis.period, ground.zone),
            groups=[
                MetricGroup(
                    dimension=each.dimension, is_other=each.is_other, size=float(each.size), intensity=each.intensity
                )
                for each in answer.groups
            ],
            total_size=float(answer.total_size),
        )

    return shown()


def _needed(name: str | None, is_needed: bool, argument: str, kind: str) -> Field | None:
    """The property of a type that takes one; what the other types are given is no part of the question."""
    if not is_needed:
        return None
    if name is None:
        raise InvalidParameter(argument, None, f"is missing: {kind} needs the name of a property")
    return checked_property(name, argument)


def _percentile(intensity: GroupIntensityInput) -> float | None:
    if intensity.type is not Intensity.PERCENTILE_PER_ACTOR:
        return None
    if intensity.percentile is None:
        raise InvalidParameter("intensity.percentile", None, "is missing: PERCENTILE_PER_ACTOR needs one", ("0 to 1",))
    if not 0 <= intensity.percentile <= 1:
        raise InvalidParameter("intensity.percentile", intensity.percentile, "is no quantile", ("0 to 1",))
    return intensity.percentile + 0.0


def _question(
    context: Context,
    ground: Ground,
    period: PeriodInput | None,
    where: Sequence[ConditionInput] | None,
    event: str | None,
    stream: int,
) -> Question:
    """What is asked of the period as a whole; without a period of the last 30 days (T5)."""
    return Question(
        replace(ground, stream=stream),
        Measure.EVENTS,
        undivided(context, days(context, ground, period), ground.zone),
        checked_event(event),
        checked_conditions(raw(where), fields=LOG_FIELDS if stream == LOGS else EVENT_FIELDS),
    )


def days(context: Context, ground: Ground, period: PeriodInput | None) -> Period:
    asked = PeriodInput(last=DEFAULT_LAST) if period is None else period
    return resolve(asked.last, asked.start, asked.end, context.today(ground.zone))
