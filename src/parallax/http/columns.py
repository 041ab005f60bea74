"""How the executor completes what is its own answer: a list of numbers as a column, a leaf by its exact type.

A list of floats is its own answer, so it is looked at as a whole: by the exact types in it, and once for infinity and
NaN, which JSON has not. The points of a series and their like are columns as well: those that are selected are laid side by
side. Whatever else there is goes graphql-core's way, errors and their paths included. This is the class that `execute` takes
for the purpose; graphql-core itself stays as it is.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from math import isfinite
from types import NoneType
from typing import Any, Final

from graphql import (
    GraphQLFloat,
    GraphQLNonNull,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    get_nullable_type,
)
from graphql.execution.executor import Executor
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental
from graphql.execution.incremental.incremental_executor import IncrementalExecutor
from graphql.pyutils import AwaitableOrValue, Path

from parallax.http.slices import in_slices
from parallax.metrics.shapes import Columns

_PLAIN: Final = frozenset({float, NoneType})


_OWN_ANSWERS: Final[dict[str, frozenset[type]]] = {
    "Boolean": frozenset({bool}),
    "Float": frozenset({float}),  # but infinity and NaN
    "String": frozenset({str}),
    "ID": frozenset({str}),
    "Date": frozenset({str}),  # scalars.py lets texts through as they are
    "DateTime": frozenset({str}),
}


@cache
def _own_answers(kind: GraphQLOutputType) -> frozenset[type]:
    """The types whose values this output type shows unchanged. Exact types only: a subclass may think otherwise."""
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return _OWN_ANSWERS.get(inner.name, frozenset()) if isinstance(inner, GraphQLScalarType) else frozenset()


class _Columns(Executor[Any]):
    """graphql-core's executor, quicker on `[Float]` and on leaves that need no conversion."""

    def complete_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: Any,
        info: Any,
        path: Path,
        result: Any,
        position_context: Any,
    ) -> AwaitableOrValue[Any]:
        kind = type(result)
        if kind in _own_answers(return_type) and (kind is not float or isfinite(result)):
            return result
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)

    def complete_iterable_value(
        self,
        item_type: GraphQLOutputType,
        field_details_list: Any,
        info: GraphQLResolveInfo[Any],
        path: Path,
        items: Iterable[Any],
        position_context: Any,
    ) -> AwaitableOrValue[list[Any]]:
        if item_type is GraphQLFloat and type(items) is list and _is_plain(items):
            return items
        if type(items) is Columns and self.get_stream_usage(field_details_list, path) is None:
            columns = self._columns_of(items, item_type, field_details_list)
            if columns is not None:
                names = tuple(columns)
                return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        return super().complete_iterable_value(item_type, field_details_list, info, path, items, position_context)

    def _columns_of(
        self, items: Columns[Any], item_type: GraphQLOutputType, field_details_list: Any
    ) -> dict[str, Sequence[Any]] | None:
        """The columns that are selected, by the names asked for; None where each has to be looked at by itself."""
        item = get_nullable_type(item_type)
        selected = self.collect_subfields(item, field_details_list)  # type: ignore[arg-type]
        if selected.new_defer_usages or selected.forbidden_directive_instances or not _is_plain(items.measured):
            return None
        columns: dict[str, Sequence[Any]] = {}
        for name, details in selected.grouped_field_set.items():
            field = details[0].node.name.value
            if field == "__typename":
                columns[name] = [item.name] * len(items)  # type: ignore[union-attr]
            elif field in items.columns:
                columns[name] = items.columns[field]
            else:
                return None
        return columns


class _Slices(Executor[Any]):
    """What was waited for is gone on with in slices, between which others have the event loop."""

    def complete_awaitable_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: Any,
        info: Any,
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        result = in_slices(result)
        return super().complete_awaitable_value(return_type, field_details_list, info, path, result, position_context)


class ColumnExecutor(_Columns, ExecutorThrowingOnIncremental):
    """For answers in one piece, and for the events of a subscription."""


class LongColumnExecutor(_Slices, ColumnExecutor):
    """For answers that take long."""


class IncrementalColumnExecutor(_Slices, _Columns, IncrementalExecutor):
    """For `@defer` and `@stream`."""


def _is_plain(items: Sequence[Any]) -> bool:
    """Whether JSON can say all of it. A sum that overflows says no: graphql-core looks at each value, then."""
    return _PLAIN.issuperset(map(type, items)) and isfinite(sum(filter(None, items)))
