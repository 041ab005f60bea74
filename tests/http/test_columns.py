"""Lists of numbers are answered as columns: never otherwise than graphql-core would."""

from typing import Any

import pytest
from graphql import ExecutionResult, build_schema, execute_sync, parse

from parallax.http.columns import ColumnExecutor

SCHEMA = build_schema("type Query { values: [Float] measured: [Float!] counts: [Int] }")
QUERY = parse("{ values measured counts }")
LISTS: list[Any] = [
    [],
    [1.0, None, 0.0, -2.5],
    [1, 2],
    [True],
    [float("nan")],
    [float("inf"), float("-inf")],
    [1.7e308, 1.7e308],
    ["one"],
    (1.0, None),
    [[1.0]],
    None,
]


def told(result: ExecutionResult) -> tuple[Any, list[Any]]:
    return result.data, [error.formatted for error in result.errors or []]


@pytest.mark.parametrize("values", LISTS, ids=str)
def test_a_column_is_completed_as_graphql_core_does_it(values: Any) -> None:
    root = {"values": values, "measured": values, "counts": values}

    ours = execute_sync(SCHEMA, QUERY, root, executor_class=ColumnExecutor)

    assert told(ours) == told(execute_sync(SCHEMA, QUERY, root))


class Text(str):
    """A text that is not exactly one."""


LEAVES: list[Any] = [
    None, True, False, 0, 1, 2**40, 1.0, 2.5, float("nan"), float("-inf"), "", "one", "2026-03-02", Text("two"), b"three",
    [], {}, object, ValueError("four"),
]  # fmt: skip
LEAF_SCHEMA = build_schema(
    """scalar Date scalar DateTime
       type Query { boolean: Boolean float: Float string: String id: ID int: Int date: Date at: DateTime
                    boolean1: Boolean! float1: Float! string1: String! id1: ID! date1: Date! }"""
)
NAMES = ("boolean", "float", "string", "id", "int", "date", "at", "boolean1", "float1", "string1", "id1", "date1")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", LEAVES, ids=repr)
def test_a_leaf_is_completed_as_graphql_core_does_it(name: str, value: Any) -> None:
    query = parse(f"{{ {name} }}")

    ours = execute_sync(LEAF_SCHEMA, query, {name: value}, executor_class=ColumnExecutor)

    assert told(ours) == told(execute_sync(LEAF_SCHEMA, query, {name: value}))
