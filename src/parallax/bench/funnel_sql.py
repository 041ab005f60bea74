# ruff: noqa: S608
"""The funnels of `bench analyses` in SQL. Pure.

DuckDB goes from step to step by ASOF joins, or by window functions; ClickHouse by its windowFunnel, which tells how far each
user got and no times, or by ASOF joins too. At one instant a later step may follow an earlier one in all of them, as rule F7
has it for steps that no event serves two of: windowFunnel sorts events of an instant by their step.
"""

from dataclasses import dataclass
from typing import Final

LATER_US: Final = 2**62
"""Behind every event and every window."""
SECOND_US: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Steps:
    """`each`: a condition for each step, which no two of them share. Entries lie from `first_us` up to `end_us`."""

    each: tuple[str, ...]
    first_us: int
    end_us: int
    window_us: int

    @property
    def numbers(self) -> range:
        return range(1, len(self.each) + 1)

    def where(self, number: int) -> str:
        """Steps are counted from 1; all but the first may lie behind the period."""
        end_us = self.end_us + (self.window_us if number > 1 else 0)
        return f"({self.each[number - 1]}) and at_us >= {self.first_us} and at_us < {end_us}"

    @property
    def served(self) -> str:
        """Whether an event serves any step, or would in the period."""
        any_step = " or ".join(f"({each})" for each in self.each)
        return f"at_us >= {self.first_us} and at_us < {self.end_us + self.window_us} and ({any_step})"

    @property
    def step(self) -> str:
        """The number of the step that an event serves, or 0."""
        served = " ".join(f"when {self.where(number)} then {number}" for number in self.numbers)
        return f"case {served} else 0 end"


def _columns(numbers: range, of: str = "") -> str:
    return ", ".join(f"{of}t{number}" for number in numbers)


def _told(steps: Steps, best: str) -> str:
    """Of the chosen attempts, a row each: by step how many reached it, and the mean of the seconds since the step before."""
    told = ["count(*), 0"]
    for number in steps.numbers[1:]:
        there = f"t{number} < {LATER_US}"
        took = f"avg(case when {there} then t{number} - t{number - 1} end) / {SECOND_US}"
        told.append(f"count(case when {there} then 1 end), {took}")
    return f"select {', '.join(told)} from ({best}) as best"


def _deepest(steps: Steps) -> str:
    """The steps that an attempt did not reach: what is least comes first; of equal ones the earliest entry."""
    return " + ".join(f"case when t{number} = {LATER_US} then 1 else 0 end" for number in steps.numbers[1:])


def _chain(steps: Steps, table: str) -> str:
    """Step by step the next event not before the last one (F3), or LATER_US where the window (F6) holds none."""
    served = [f"e{n} as (select user_id, at_us as t{n} from {table} where {steps.where(n)})" for n in steps.numbers]
    chain = []
    for number in steps.numbers[1:]:
        before = "e1" if number == 2 else f"c{number - 1}"
        held = f"e{number}.t{number}"
        cut = f"case when {held} >= t1 and {held} <= t1 + {steps.window_us} then {held} else {LATER_US} end"
        chain.append(
            f"c{number} as (select {before}.user_id as user_id, {_columns(range(1, number), f'{before}.')}, "
            f"{cut} as t{number} from {before} asof left join e{number} "
            f"on {before}.user_id = e{number}.user_id and {before}.t{number - 1} <= {held})"
        )
    return ", ".join((*served, *chain))


def duck_asof(steps: Steps, table: str) -> str:
    attempt = ", ".join(f"t{n} := t{n}" for n in steps.numbers)
    rank = f"({_deepest(steps)})::bigint * {2**56} + t1"
    best = f"select user_id, arg_min(struct_pack({attempt}), {rank}) as best from c{len(steps.each)} group by 1"
    told = _told(steps, f"select unnest(best) from ({best}) as chosen")
    return f"with {_chain(steps, table)} {told}"


def house_asof(steps: Steps, table: str) -> str:
    last = len(steps.each)
    best = (
        f"select user_id, argMin(({_columns(steps.numbers)}), ({_deepest(steps)}, t1)) as best from c{last} group by 1"
    )
    named = ", ".join(f"best.{n} as t{n}" for n in steps.numbers)
    told = _told(steps, f"select {named} from ({best})")
    return f"with {_chain(steps, table)} {told}"


def duck_windows(steps: Steps, table: str) -> str:
    """The chain that begins at each event, from the last step to the first: the next event of a step has the next chain,
    since of later events no chain is earlier.
    """
    last = len(steps.each)
    from_ = f"select user_id, at_us, {steps.step} as step from {table} where {steps.served}"
    for number in range(last, 1, -1):
        nexts = [f"min(case when step = {number} then at_us end) over following as n{number}"]
        nexts += [
            f"min(case when step = {number} then n{n} end) over following as n{n}" for n in range(number + 1, last + 1)
        ]
        from_ = (
            f"select user_id, at_us, step, {', '.join(nexts)} from ({from_}) as s{number} "
            f"where step between 1 and {number} window following as "
            "(partition by user_id order by at_us desc range between unbounded preceding and current row)"
        )
    cut = ", ".join(
        f"t{n} := case when n{n} <= at_us + {steps.window_us} then n{n} else {LATER_US} end" for n in steps.numbers[1:]
    )
    attempts = f"select user_id, struct_pack(t1 := at_us, {cut}) as attempt from ({from_}) as s1 where step = 1"
    unreached = " + ".join(f"case when attempt.t{n} = {LATER_US} then 1 else 0 end" for n in steps.numbers[1:])
    rank = f"({unreached})::bigint * {2**56} + attempt.t1"
    best = f"select user_id, arg_min(attempt, {rank}) as best from ({attempts}) as attempts group by 1"
    return _told(steps, f"select unnest(best) from ({best}) as chosen")


def house_funnel(steps: Steps, table: str) -> str:
    """How many reached each step, and nothing more."""
    each = ", ".join(steps.where(number) for number in steps.numbers)
    far = (
        f"select user_id, windowFunnel({steps.window_us})(toUInt64(at_us), {each}) as far from {table} "
        f"where {steps.served} group by 1"
    )
    return f"select {', '.join(f'countIf(far >= {number})' for number in steps.numbers)} from ({far})"
