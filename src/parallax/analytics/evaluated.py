"""A formula as it is measured (X): each series by itself, then bucket by bucket, and group by group."""

from collections import defaultdict
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace

from parallax.analyses.questions import Ground, Slice
from parallax.analytics.formula import AskedFormula
from parallax.analytics.series import FromEvents, axis_of, metric_of, series_metric
from parallax.analytics.slices import nothing_over, same
from parallax.context import Context
from parallax.formulas import Formula
from parallax.metrics.catalog import Analysis
from parallax.metrics.graph import Metric
from parallax.metrics.series import Value
from parallax.metrics.shapes import of_events
from parallax.periods import Axis

MOST_GROUPS = 1000
"""Of each series that is broken down: what lies beyond its largest goes to isOther, whatever it is to the others."""


def formula_metric(context: Context, ground: Ground, asked: AskedFormula) -> Metric:
    """The Metric of a formula. InvalidParameter for a period that it, or a series, cannot have (T6)."""
    main = axis_of(context, ground, asked.period, asked.granularity)
    letters = [
        _Letter(
            FromEvents(context, ground, each),
            None if own is None else axis_of(context, ground, own, asked.granularity, f"series[{place}].period"),
        )
        for place, (each, own) in enumerate(zip(asked.series, asked.own, strict=True))
    ]
    means = Analysis.FORMULA.value
    definition = f"The formula {asked.text} over the values of its series, bucket by bucket (X1 to X5)."
    return metric_of(
        context,
        ground,
        _Evaluated(asked.formula, letters),
        (Analysis.FORMULA.name, means),
        main,
        asked.compare,
        asked.said,
        lambda: of_events(context.now, definition, None, means.users),
        lambda: [series_metric(context, ground, each) for each in asked.series],
    )


@dataclass(frozen=True, slots=True)
class _Letter:
    """A series, over an axis of its own if it has one."""

    measured: FromEvents
    own: Axis | None

    def values(self, axis: Axis) -> Awaitable[list[Value]]:
        return self.measured.values(self.own or axis)

    def total(self, axis: Axis) -> Awaitable[Value]:
        return self.measured.total(self.own or axis)

    def of_no_days(self) -> Awaitable[Value]:
        """A period of its own is not moved (X7)."""
        return self.measured.of_no_days() if self.own is None else self.measured.total(self.own)

    def groups(self, axis: Axis, kept: tuple[str | None, ...], rest: bool) -> "_Groups":
        over = self.own or axis
        if self.measured.is_broken:
            return _Groups(over, self.measured, slices=self.measured.slices(over, max(1, len(kept)), kept, rest))
        return _Groups(over, self.measured, plain=(self.measured.values(over), self.measured.total(over)))


@dataclass(frozen=True, slots=True)
class _Groups:
    """What a letter was asked for all groups: its slices, or where it has none the plain series for each (X6)."""

    over: Axis
    measured: FromEvents
    slices: Awaitable[list[Slice]] | None = None
    plain: tuple[Awaitable[list[Value]], Awaitable[Value]] | None = None

    async def of(self, groups: Sequence[Slice]) -> list[tuple[Sequence[Value], Value]]:
        """Values and total for each group; one that is missing is empty there (X5)."""
        if self.plain is not None:
            values, total = self.plain
            return [(await values, await total)] * len(groups)
        assert self.slices is not None
        found, empty = await self.slices, self.measured.asked.empty
        nothing = (nothing_over(self.over, empty), empty)
        return [next(((each.values, each.total) for each in found if same(each, group)), nothing) for group in groups]


@dataclass(frozen=True, slots=True)
class _Evaluated:
    """Only the series that the formula names are asked for values; all that are broken down have a say in the order."""

    formula: Formula
    letters: list[_Letter]

    @property
    def is_broken(self) -> bool:
        return any(letter.measured.is_broken for letter in self.letters)

    def values(self, axis: Axis) -> Awaitable[list[Value]]:
        asked = {at: self.letters[at].values(axis) for at in self.formula.letters}

        async def values() -> list[Value]:
            return self._over(axis, {at: await each for at, each in asked.items()})

        return values()

    def total(self, axis: Axis) -> Awaitable[Value]:
        return self._once({at: self.letters[at].total(axis) for at in self.formula.letters})

    def of_no_days(self) -> Awaitable[Value]:
        return self._once({at: self.letters[at].of_no_days() for at in self.formula.letters})

    def slices(
        self, axis: Axis, first: int, kept: tuple[str | None, ...] | None = None, rest: bool = False
    ) -> Awaitable[list[Slice]]:
        if kept is not None:
            return self._groups(axis, [_group(name) for name in kept] + [_group(None, is_other=True)] * rest)
        broken = [letter for letter in self.letters if letter.measured.is_broken]
        asked = [letter.measured.slices(letter.own or axis, MOST_GROUPS) for letter in broken]

        async def ranked() -> list[Slice]:
            return await self._groups(axis, _ranked([await each for each in asked], first))

        return ranked()

    def _groups(self, axis: Axis, groups: list[Slice]) -> Awaitable[list[Slice]]:
        kept = tuple(group.dimension for group in groups if not group.is_other)
        rest = len(kept) < len(groups)
        asked = {at: self.letters[at].groups(axis, kept, rest) for at in self.formula.letters if groups}

        async def evaluated() -> list[Slice]:
            found = {at: await each.of(groups) for at, each in asked.items()}
            return [
                replace(
                    group,
                    values=self._over(axis, {at: each[place][0] for at, each in found.items()}),
                    total=self._of({at: each[place][1] for at, each in found.items()}),
                )
                for place, group in enumerate(groups)
            ]

        return evaluated()

    async def _once(self, asked: Mapping[int, Awaitable[Value]]) -> Value:
        return self._of({at: await each for at, each in asked.items()})

    def _of(self, totals: Mapping[int, Value]) -> Value:
        return self.formula.evaluate([totals.get(at) for at in range(len(self.letters))])

    def _over(self, axis: Axis, columns: Mapping[int, Sequence[Value]]) -> list[Value]:
        """Position by position on the axis (X1); what has not begun is null (T10)."""
        missing: list[Value] = [None] * axis.begun
        laid = [[*columns.get(at, ()), *missing][: axis.begun] for at in range(len(self.letters))]
        return [*self.formula.evaluate_columns(laid), *[None] * (len(axis.dates) - axis.begun)]


def _group(dimension: str | None, is_other: bool = False, behind: float = 0.0) -> Slice:
    return Slice(dimension, is_other, None, [], behind)


def _ranked(found: Sequence[Sequence[Slice]], first: int) -> list[Slice]:
    """The groups of all series, most behind them first (X6), ties as B4; the rest, if there is one, is the last."""
    behind: defaultdict[str | None, float] = defaultdict(float)
    for each in (each for slices in found for each in slices if not each.is_other):
        behind[each.dimension] += each.behind
    order = sorted(behind, key=lambda name: (-behind[name], name is None, name or ""))
    groups = [_group(name, behind=behind[name]) for name in order[:first]]
    is_more = len(order) > first or any(each.is_other for slices in found for each in slices)
    return groups + [_group(None, is_other=True)] * is_more
