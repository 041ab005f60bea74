"""What a funnel is asked by: its inputs, and how they are checked (F1, F2, F8)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import strawberry

from parallax.analyses.funnels import Exclusion, Funnel, Order
from parallax.analyses.questions import Question
from parallax.analytics.asked import checked_event
from parallax.analytics.inputs import ConditionInput, raw
from parallax.errors import InvalidParameter
from parallax.filters.conditions import checked
from parallax.filters.values import is_storable

FEWEST_STEPS: Final = 2
MOST_STEPS: Final = 10
MOST_EXCLUSIONS: Final = 16
LONGEST_WINDOW_S: Final = 366 * 86_400
WEEK_S: Final = 7 * 86_400

strawberry.enum(
    Order,
    name="FunnelOrder",
    description="How the steps follow each other. ORDERED: one after the other, whatever lies between (F3); STRICT: each at "
    "the user's next event (F9); UNORDERED: in any order, counted by how many of them are done (F10).",
)


@strawberry.input(description="A step: the events that serve it.")
class FunnelStepInput:
    event: str | None = strawberry.field(default=None, description="Name of the event; absent: any event.")
    where: list[ConditionInput] | None = strawberry.field(
        default=None, description="Only events that satisfy all of these, at most 50."
    )
    label: str | None = strawberry.field(
        default=None, description="What the step is called; absent: the event's name, or `Any event`."
    )


@strawberry.input(description="Events that void an attempt between two of its steps (F8).")
class FunnelExclusionInput:
    event: str = strawberry.field(description="Name of the event.")
    after_step: int | None = strawberry.field(default=1, description="The step behind which it voids, from 1.")
    before_step: int | None = strawberry.field(
        default=None, description="The step before which it voids, after `afterStep`; absent: the last one."
    )
    where: list[ConditionInput] | None = strawberry.field(
        default=None, description="Only events that satisfy all of these, at most 50."
    )


def asked_funnel(
    whole: Question,
    steps: Sequence[FunnelStepInput],
    window_s: int,
    order: Order,
    exclusions: Sequence[FunnelExclusionInput],
) -> Funnel:
    """InvalidParameter names the argument that a funnel cannot have. `whole` is checked already."""
    if not FEWEST_STEPS <= len(steps) <= MOST_STEPS:
        raise InvalidParameter("steps", len(steps), f"must be from {FEWEST_STEPS} to {MOST_STEPS} steps")
    if not 1 <= window_s <= LONGEST_WINDOW_S:
        raise InvalidParameter("windowSeconds", window_s, f"must be from 1 to {LONGEST_WINDOW_S} (366 days)")
    if len(exclusions) > MOST_EXCLUSIONS:
        raise InvalidParameter("exclusions", len(exclusions), f"are more than {MOST_EXCLUSIONS}")
    each = replace(whole, where=(), dimension=None)
    for place, step in enumerate(steps):
        if step.label is not None and not is_storable(step.label):
            raise InvalidParameter(f"steps[{place}].label", None, "holds NUL or half a surrogate pair")
    return Funnel(
        whole,
        tuple(_chosen(each, step, f"steps[{place}]") for place, step in enumerate(steps)),
        window_s,
        order,
        tuple(_exclusion(each, sent, f"exclusions[{place}]", len(steps)) for place, sent in enumerate(exclusions)),
    )


def _chosen(each: Question, sent: FunnelStepInput | FunnelExclusionInput, place: str) -> Question:
    return replace(
        each, event=checked_event(sent.event, f"{place}.event"), where=checked(raw(sent.where), f"{place}.where")
    )


def _exclusion(each: Question, sent: FunnelExclusionInput, place: str, steps: int) -> Exclusion:
    after = 1 if sent.after_step is None else sent.after_step
    before = steps if sent.before_step is None else sent.before_step
    if not 1 <= after < steps:
        raise InvalidParameter(f"{place}.afterStep", after, f"must be from 1 to {steps - 1}")
    if not after < before <= steps:
        raise InvalidParameter(f"{place}.beforeStep", before, f"must be from {after + 1} to {steps}")
    return Exclusion(_chosen(each, sent, place), after, before)
