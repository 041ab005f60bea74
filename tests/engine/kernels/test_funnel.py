"""The compiled funnel against every chain tried in plain Python: few instants, many of them shared, events that serve several
steps."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from parallax.engine.kernels import funnel
from tests.analyses.plain_funnel import Event, Plan, attempts, best, counted

ORDERS = {"ORDERED": funnel.ORDERED, "STRICT": funnel.STRICT, "UNORDERED": funnel.UNORDERED}
BEGINS, ENDS = 2, 9
EDGES = (2, 4, 4, 7, 9)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    order, steps = draw(st.sampled_from(list(ORDERS))), draw(st.integers(2, 4))
    pairs = st.tuples(st.integers(1, steps), st.integers(1, steps)).map(sorted).filter(lambda pair: pair[0] < pair[1])
    exclusions = draw(st.lists(pairs, max_size=2))
    return Plan(order, steps, draw(st.integers(0, 8)), BEGINS, ENDS, tuple((a, b) for a, b in exclusions))


def users(plan: Plan) -> st.SearchStrategy[list[list[Event]]]:
    alone = st.lists(st.integers(1, plan.steps), max_size=1).map(lambda steps: frozenset(steps))
    several = st.frozensets(st.integers(1, plan.steps))
    excludes = st.frozensets(st.integers(0, max(0, len(plan.exclusions) - 1)), max_size=len(plan.exclusions))
    if plan.exclusions:
        excludes = st.one_of(st.just(frozenset()), excludes)
    kinds = st.sampled_from((alone, several))
    instants = st.sampled_from((st.integers(0, 11), st.integers(3, 5)))
    some = st.tuples(kinds, instants).flatmap(
        lambda kind: st.lists(st.builds(Event, kind[1], kind[0], excludes), max_size=7)
    )
    return st.lists(some.map(lambda events: sorted(events, key=lambda event: event.at)), max_size=3)


def columns(people: Sequence[Sequence[Event]]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    events = [event for theirs in people for event in theirs]
    return (
        np.array([0, *accumulate(map(len, people))], np.int64),
        np.array([event.at for event in events], np.int64),
        np.array([sum(1 << step - 1 for step in event.serves) for event in events], np.uint16),
        np.array([sum(1 << place for place in event.excludes) for event in events], np.uint16),
    )


def rules(plan: Plan) -> funnel.Rules:
    pairs = [(1, plan.steps)] * len(plan.exclusions) if plan.order == "UNORDERED" else plan.exclusions
    after, before = (tuple(pair[at] - 1 for pair in pairs) for at in (0, 1))
    return funnel.Rules(ORDERS[plan.order], plan.steps, plan.window, plan.begins, plan.ends, after, before)


@budget(max_examples=1500)
@given(st.data())
def test_the_counted_attempt_is_the_one_that_the_rules_name(data: st.DataObject) -> None:
    plan = data.draw(plans())
    people = data.draw(users(plan))
    given = columns(people)
    found = funnel.attempts(rules(plan), *given)
    for user, events in enumerate(people):
        wanted = counted(plan, events)
        if wanted is None:
            assert found.depth[user] == 0
            assert found.entry[user] == -1
            continue
        assert found.entry[user] == given[0][user] + wanted.entry
        assert found.times[user, : found.depth[user]].tolist() == list(wanted.times)


@budget(max_examples=1000)
@given(st.data())
def test_in_each_bucket_the_attempt_counts_that_would_count_alone(data: st.DataObject) -> None:
    plan = data.draw(plans())
    people = data.draw(users(plan))
    given = columns(people)
    found = funnel.entered(rules(plan), *given, np.array(EDGES, np.int64))
    wanted = []
    for user, events in enumerate(people):
        for bucket, (begins, ends) in enumerate(pairwise(EDGES)):
            mine = best(each for each in attempts(plan, events) if begins <= each.times[0] < ends)
            if mine is not None:
                wanted.append((bucket, len(mine.times), given[0][user] + mine.entry))
    assert list(zip(found.bucket.tolist(), found.depth.tolist(), found.entry.tolist(), strict=True)) == wanted
