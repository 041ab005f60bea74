"""What an operation will cost, told before anything runs: what its fields declare (`costs.py`), added up.

An operation is taken apart once. Where no variable matters it is added up then; else the sums are kept by the values of
the variables that do matter, so that a request costs a look-up.
"""

import math
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode, Undefined, value_from_ast_untyped

from parallax import costs
from parallax.costs import Buckets, Cut, First, Many, Measure, Named, Page, Parts, Rows, Sent, Series, Spanned, Total
from parallax.http.operations.estimates import Estimate, Excess, Read
from parallax.http.operations.lengths import buckets_by_id, buckets_of, granularity_of, period_of
from parallax.http.operations.pricing import Priced, Pricing
from parallax.http.operations.selected import selected
from parallax.periods import Granularity, Period

UNDECLARED: Final = 100
"""Elements of a list that declares nothing: a test sees to it that there is none."""
MOST_TOLD: Final = 1e12
"""A figure that can still be read."""
UNREAD: Final = 2
"""Times the allowed length of a list that is sent: up to there it is the mutation that refuses it, as data."""
MOST_KEPT: Final = 64
LONGEST_KEPT: Final = 64
"""Characters of a variable's value by which sums are kept: what callers make long is added up anew."""


class Costing:
    """An operation, ready to be added up."""

    def __init__(self, fields: tuple[Priced, ...], pricing: Pricing, defaults: Mapping[str, Any]) -> None:
        self._fields, self._defaults = fields, defaults
        self._values = sorted(pricing.values - pricing.lengths)
        self._lengths = sorted(pricing.lengths)
        self._by_day, self._by_caller = pricing.by_day, pricing.by_caller
        self._kept: dict[tuple[Any, ...], Estimate] = {}

    @classmethod
    def of(cls, schema: GraphQLSchema, document: DocumentNode, definition: OperationDefinitionNode) -> "Costing":
        """Of a valid operation."""
        pricing = Pricing(schema)
        fields = pricing.of(selected(schema, document, definition))
        defaults = {
            each.variable.name.value: value_from_ast_untyped(each.default_value)
            for each in definition.variable_definitions or ()
            if each.default_value is not None
        }
        return cls(fields, pricing, defaults)

    def estimate(self, variables: Mapping[str, Any], today: date, clients: float = math.inf) -> Estimate:
        """`variables` as sent; those that do not fit cost nothing, since they are refused. `clients`: what is open to the
        caller. `today` is of any zone: a day more or less makes a bucket's difference."""
        key = self._key(variables, today, clients)
        known = self._kept.get(key) if key is not None else None
        if known is None:
            known = _Sum({**self._defaults, **variables}, today, clients).of(self._fields)
            if key is not None:
                if len(self._kept) >= MOST_KEPT:
                    self._kept.clear()
                self._kept[key] = known
        return known

    def _key(self, variables: Mapping[str, Any], today: date, clients: float) -> tuple[Any, ...] | None:
        """All that the sum depends on; None for what is too large to be kept."""
        key: list[Any] = [today if self._by_day else None, clients if self._by_caller else None]
        for name in self._lengths:
            value = variables.get(name)
            key.append(len(value) if isinstance(value, list) else value is None)
        for name in self._values:
            value = variables.get(name, _ABSENT)
            parts = [value]
            if type(value) is dict and len(value) <= 4:
                key.append(tuple(value))
                parts = list(value.values())
            for part in parts:
                if not isinstance(part, _PLAIN) or (isinstance(part, str) and len(part) > LONGEST_KEPT):
                    return None
                key.append(part)
        return tuple(key)


class _Absent:
    """Of a variable that was not sent, which is not the same as null."""


_ABSENT: Final = _Absent()
_PLAIN: Final = (str, int, float, bool, type(None), _Absent)


class _Scope(NamedTuple):
    """What lists are as long as, from the page and the series around them."""

    rows: float = 0
    buckets: float = costs.BY_ID
    total: float = 0
    period: Period | None = None
    parts: float = 0


class _Sized(NamedTuple):
    """A field with its arguments: its own cost for each parent, how many elements it has, what lies around those."""

    each: float
    elements: float
    scope: _Scope


class _Sum:
    """One addition. A field that will be refused for an argument has nothing below it."""

    def __init__(self, variables: Mapping[str, Any], today: date, clients: float) -> None:
        self._variables, self._today, self._clients = variables, today, clients
        self.excess: Excess | None = None
        self.sent = 0

    def of(self, fields: tuple[Priced, ...]) -> Estimate:
        reads: list[Read] = []
        cost = costs.REQUEST + sum(self._field(field, 1, _Scope(), reads) for field in fields)
        return Estimate(round(min(cost, MOST_TOLD), 1), tuple(reads), self.excess, self.sent)

    def _field(self, field: Priced, parents: float, scope: _Scope, reads: list[Read]) -> float:
        if not parents or not self._is_there(field):
            return 0
        sized = self._sized(field, scope)
        if sized is None:
            return field.cost.each * parents
        each, elements, scope = sized
        own = (each + field.element * elements) * parents + field.cost.once
        below = self._dearest(field, elements * parents, scope, reads) if field.below else 0
        if field.cost.reference is not None:
            reads.append(Read(field.path, field.cost.source, field.cost.reference, round(own, 1)))
        return own + below

    def _is_there(self, field: Priced) -> bool:
        return not field.conditions or any(
            all(self._variables.get(name) is wanted for name, wanted in each) for each in field.conditions
        )

    def _dearest(self, field: Priced, parents: float, scope: _Scope, reads: list[Read]) -> float:
        """Of an interface nobody knows what it will be: the type that costs most."""
        best, best_reads = 0.0, list[Read]()
        for fields in field.below:
            found: list[Read] = []
            cost = sum(self._field(each, parents, scope, found) for each in fields)
            if cost >= best:
                best, best_reads = cost, found
        reads += best_reads
        return best

    def _sized(self, field: Priced, scope: _Scope) -> _Sized | None:
        each = field.cost.each
        match field.cost.extent:
            case Page() as page:
                first = self._given(field, page.argument)
                if not isinstance(first, int | float) or not 1 <= first <= page.most:
                    return None
                rows = min(first, self._clients) if page.of_caller else first
                return _Sized(each + page.row * rows, 1, scope._replace(rows=rows))
            case First() as listed:
                first = self._given(field, listed.argument)
                if not isinstance(first, int | float) or not 1 <= first <= listed.most:
                    return None
                return _Sized(each + listed.row * first, first + 1, scope)
            case Series() as series:
                return self._series(field, series, scope)
            case Sent() as sent:
                value = self._given(field, sent.argument)
                count = len(value) if isinstance(value, list | tuple) else value is not None
                if count > UNREAD * sent.most:
                    self.excess = Excess(sent.argument, count, sent.most)
                    return None
                self.sent += count
                return _Sized(each + sent.row * count, count if field.is_list else 1, scope)
            case Named() as named:
                value = self._given(field, named.argument)
                ids = value if isinstance(value, list | tuple) else [value]
                if len(ids) > named.most:
                    return None
                buckets = max((buckets_by_id(id, self._today) for id in ids), default=0)
                return _Sized(each + named.row * len(ids), len(ids), scope._replace(buckets=buckets))
            case Many(most):
                return _Sized(each, most, scope)
            case Rows():
                return _Sized(each, scope.rows, scope)
            case Buckets():
                return _Sized(each, scope.buckets, scope)
            case Spanned() as spanned:
                period = period_of(self._given(field, spanned.period), self._today)
                parts = self._given(field, spanned.parts)
                many = len(parts) if isinstance(parts, list | tuple) else 1
                if period is None or many > spanned.most:
                    return None
                return _Sized(each, 1, scope._replace(period=period, parts=many))
            case Parts():
                return _Sized(each, scope.parts, scope)
            case Cut() as cut:
                granularity = granularity_of(self._given(field, cut.granularity), True)
                if granularity is None or scope.period is None:
                    return None
                length = buckets_of(scope.period, granularity, None)
                return None if length is None else _Sized(each, length, scope)
            case Total():
                return _Sized(each + scope.total, 1, scope)
        return _Sized(each, UNDECLARED if field.is_list else 1, scope)

    def _series(self, field: Priced, series: Series, scope: _Scope) -> _Sized | None:
        measure = self._measure(field, series)
        named = series.granularity
        width = named if isinstance(named, Granularity) else self._given(field, named)
        granularity = granularity_of(width, series.longest_days is None)
        period = period_of(self._given(field, series.period), self._today, series.last)
        rows = series.most_rows or scope.rows if series.rows is None else self._given(field, series.rows)
        refused = series.rows is not None and not (isinstance(rows, int | float) and 1 <= rows <= series.most_rows)
        if measure is None or granularity is None or period is None or refused:
            return None
        buckets = buckets_of(period, granularity, series.longest_days)
        if buckets is None:
            return None
        cost = measure.series + (measure.bucket * buckets if granularity is not Granularity.DAY else 0)
        cost += costs.FILTERED * sum(bool(self._given(field, name)) for name in series.conditions)
        if series.each_of is not None:
            asked = self._given(field, series.each_of)
            each = asked if isinstance(asked, list | tuple) else [asked]
            if len(each) > series.most:
                return None
            cost *= len(each)
            cost += costs.FILTERED * sum(isinstance(one, dict) and bool(one.get("where")) for one in each)
        times = 1 if self._given(field, series.compare) is None else 2
        elements = series.many if series.many > 1 or not field.is_list else buckets
        return _Sized(field.cost.each + cost * times * series.many, elements, _Scope(rows, buckets, measure.total))

    def _measure(self, field: Priced, series: Series) -> Measure | None:
        if series.metric is None:
            return next(iter(series.measures.values()))
        metric = self._given(field, series.metric)
        return series.measures.get(metric) if isinstance(metric, str) else None

    def _given(self, field: Priced, argument: str | None) -> Any:
        """An argument's value; None where there is none."""
        given = None if argument is None else field.given.get(argument)
        if given is None:
            return None
        value = given.constant if given.node is None else value_from_ast_untyped(given.node, dict(self._variables))
        return given.default if value is None or value is Undefined else value
