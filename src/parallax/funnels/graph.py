"""Funnels, as a client and an app are asked for them."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from parallax import costs
from parallax.analyses.funnels import Order
from parallax.analyses.questions import Measure, Question
from parallax.analytics.inputs import BrokenBy, Where, Within, raw
from parallax.context import Info
from parallax.events.grounded import Grounded
from parallax.events.pages import SYSTEM, one_span
from parallax.filters.conditions import checked
from parallax.filters.fields import checked_dimension
from parallax.funnels.inputs import MOST_STEPS, WEEK_S, FunnelExclusionInput, FunnelStepInput, asked_funnel
from parallax.funnels.shown import Asked, Funnel
from parallax.metrics.shapes import Period, PeriodInput
from parallax.periods import DEFAULT_LAST

COST = costs.read("events", 600, source=SYSTEM, extent=costs.Spanned("steps", MOST_STEPS))
ANY_EVENT = "Any event"


@strawberry.type
class Funnels(Grounded):
    @strawberry.field(
        description="How many users do the steps one after the other: attempts that begin on the days of the period, and of "
        "each user the one that gets furthest (F). Events without a user count for nobody; nobody counts where there are "
        "none, and rates are null then.",
        metadata=COST,
    )
    def funnel(
        self,
        info: Info,
        steps: Annotated[list[FunnelStepInput], strawberry.argument(description="The steps, 2 to 10.")],
        window_seconds: Annotated[
            int | None,
            strawberry.argument(
                description="Seconds from the entry within which all steps have to be done, 1 to 31622400 (366 days)."
            ),
        ] = WEEK_S,
        order: Annotated[
            Order | None, strawberry.argument(description="How the steps follow each other.")
        ] = Order.ORDERED,
        exclusions: Annotated[
            list[FunnelExclusionInput] | None,
            strawberry.argument(description="Events that void an attempt, at most 16."),
        ] = None,
        breakdown: BrokenBy = None,
        period: Within = None,
        where: Where = None,
    ) -> Funnel | None:
        ground = self.ground(info.context)
        days = (PeriodInput(last=DEFAULT_LAST) if period is None else period).resolved(ground.today)
        whole = Question(
            ground,
            Measure.EVENTS,
            one_span(ground, days),
            where=checked(raw(where)),
            dimension=None if breakdown is None else checked_dimension(breakdown),
        )
        window_s = WEEK_S if window_seconds is None else window_seconds
        question = asked_funnel(whole, steps, window_s, order or Order.ORDERED, exclusions or ())
        names = (each.event for each in (*question.served, *question.excluded))
        info.context.hints.named(info.path.as_list, ground.client, names)
        return Funnel(
            period=Period.of(days, ground.zone),
            window_seconds=window_s,
            asked=Asked(info.context, question, _labels(steps)),
        )


def _labels(steps: Sequence[FunnelStepInput]) -> tuple[str, ...]:
    return tuple(next(name for name in (step.label, step.event, ANY_EVENT) if name is not None) for step in steps)
