"""A formula as it is measured (X): each series by itself, then bucket by bucket, and group by group."""

from asyncio import gather
from collections import defaultdict
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from parallax.analyses.questions import Ground, Slice
from parallax.analytics.formula import AskedFormula, AskedLetter
from parallax.analytics.measured import Comparable, FromEvents, axis_of
from parallax.analytics.series import metric_of, series_metric
from parallax.analytics.slices import nothing_over, same
from parallax.apps.loaders import AppKey
from parallax.context import Context
from parallax.errors import InvalidParameter
from parallax.formulas import Formula
from parallax.metrics.catalog import Analysis
from parallax.metrics.graph import Later, Metric
from parallax.metrics.series import Value
from parallax.metrics.shapes import of_events
from parallax.periods import Axis
from parallax.vendor_data.asked import AskedMeasure
from parallax.vendor_data.measured import checked_measure, input_metric
from parallax.vendor_data.reading import At

MOST_GROUPS = 1000
"""Of each series that is broken down: what lies beyond its largest goes to isOther, whatever it is to the others."""


def formula_metric(at: At, ground: Ground, asked: AskedFormula) -> Metric:
    """The Metric of a formula. InvalidParameter for a period that it, or a series, cannot have (T6)."""
    context = at.context
    main = axis_of(context, ground.zone, asked.period, asked.granularity)
    letters = []
    for place, (each, own) in enumerate(zip(asked.series, asked.own, strict=True)):
        over = None if own is None else axis_of(context, ground.zone, own, asked.granularity, f"series[{place}].period")
        if isinstance(each, AskedMeasure):
            letters.append(_Letter(checked_measure(at, ground, each, over or main, f"series[{place}].measure."), over))
        else:
            series = FromEvents(context, ground, each)
            letters.append(_Letter(series, over, series if series.is_broken else None))
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
        lambda: [_input(at, ground, each, place) for place, each in enumerate(asked.series)],
    )


async def formula_of_apps(at: At, ground: Ground, asked: AskedFormula) -> Metric:
    """The same with measures of apps. InvalidParameter for an app that the client does not have."""
    if argument := await strange_app(at.context, ground.client, asked):
        raise InvalidParameter(argument, None, "is no app of this client")
    return formula_metric(at, ground, asked)


async def strange_app(context: Context, client: UUID, asked: AskedFormula) -> str | None:
    """The argument that names an app which the client does not have; None where there is none."""
    named = [(place, each.app) for place, each in enumerate(asked.series) if isinstance(each, AskedMeasure)]
    found = await context.app.load_many([AppKey(client, app) for _, app in named])
    strange = (place for (place, _), app in zip(named, found, strict=True) if app is None)
    return next((f"series[{place}].measure.app" for place in strange), None)


def _input(at: At, ground: Ground, asked: AskedLetter, place: int) -> Later[Metric]:
    if isinstance(asked, AskedMeasure):
        return input_metric(at._replace(path=(*at.path, "inputs", place)), ground, asked)
    return series_metric(at.context, ground, asked)


@dataclass(frozen=True, slots=True)
class _Letter:
    """A series, over an axis of its own if it has one; `broken` if it has groups."""

    measured: Comparable
    own: Axis | None
    broken: FromEvents | None = None

    def values(self, axis: Axis) -> Awaitable[list[Value]]:
        return self.measured.values(self.own or axis)

    def total(self, axis: Axis) -> Awaitable[Value]:
        return self.measured.total(self.own or axis)

    def of_no_days(self) -> Awaitable[Value]:
        """A period of its own is not moved (X7)."""
        return self.measured.of_no_days() if self.own is None else self.measured.total(self.own)

    def groups(self, axis: Axis, kept: tuple[str | None, ...], rest: bool) -> "_Groups":
        over = self.own or axis
        if self.broken is None:
            return _Groups(over, plain=(self.measured.values(over), self.measured.total(over)))
        return _Groups(over, self.broken.asked.empty, self.broken.slices(over, max(1, len(kept)), kept, rest))


@dataclass(frozen=True, slots=True)
class _Groups:
    """What a letter was asked for all groups: its slices, or where it has none the plain series for each (X6)."""

    over: Axis
    empty: Value = None
    slices: Awaitable[list[Slice]] | None = None
    plain: tuple[Awaitable[list[Value]], Awaitable[Value]] | None = None

    async def of(self, groups: Sequence[Slice]) -> list[tuple[Sequence[Value], Value]]:
        """Values and total for each group; one that is missing is empty there (X5)."""
        if self.plain is not None:
            values, total = self.plain
            return [(await values, await total)] * len(groups)
        assert self.slices is not None
        found, nothing = await self.slices, (nothing_over(self.over, self.empty), self.empty)
        return [next(((each.values, each.total) for each in found if same(each, group)), nothing) for group in groups]


@dataclass(frozen=True, slots=True)
class _Evaluated:
    """Only the series that the formula names are asked for values; all that are broken down have a say in the order."""

    formula: Formula
    letters: list[_Letter]

    @property
    def is_broken(self) -> bool:
        return any(letter.broken for letter in self.letters)

    def values(self, axis: Axis) -> Awaitable[list[Value]]:
        asked = {at: self.letters[at].values(axis) for at in self.formula.letters}

        async def values() -> list[Value]:
            # All at once: what is asked of a vendor together is called for together.
            return self._over(axis, dict(zip(asked, await gather(*asked.values()), strict=True)))

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
        asked = [each.broken.slices(each.own or axis, MOST_GROUPS) for each in self.letters if each.broken]

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
        return self._of(dict(zip(asked, await gather(*asked.values()), strict=True)))

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
