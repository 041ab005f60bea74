"""How the executor completes a list of numbers: as a column, not value by value.

A list of floats is its own answer, so it is looked at as a whole: by the exact types in it, and once for infinity and
NaN, which JSON has not. Whatever else it holds goes graphql-core's way, errors and their paths included. This is the
class that `execute` takes for the purpose; graphql-core itself stays as it is.
"""

from collections.abc import Iterable
from math import isfinite
from types import NoneType
from typing import Any, Final

from graphql import GraphQLFloat, GraphQLOutputType, GraphQLResolveInfo
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental
from graphql.pyutils import AwaitableOrValue, Path

_PLAIN: Final = frozenset({float, NoneType})


class ColumnExecutor(ExecutorThrowingOnIncremental):
    """graphql-core's executor, quicker on `[Float]`."""

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
        return super().complete_iterable_value(item_type, field_details_list, info, path, items, position_context)


def _is_plain(items: list[Any]) -> bool:
    """Whether JSON can say all of it. A sum that overflows says no: graphql-core looks at each value, then."""
    return _PLAIN.issuperset(map(type, items)) and isfinite(sum(filter(None, items)))
