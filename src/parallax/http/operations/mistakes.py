"""Says of a value that the schema refuses which argument it is of, and what is allowed (Y1)."""

import re
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    Node,
    ObjectFieldNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    Visitor,
    get_named_type,
    print_ast,
    type_from_ast,
    visit,
)
from graphql.language import ValueNode

from parallax.errors import InvalidParameter

CODE = {"code": "INVALID_PARAMETER"}
LONGEST = 200
LONGEST_MESSAGE = 1000


def explained(schema: GraphQLSchema, document: DocumentNode, error: GraphQLError) -> GraphQLError:
    """A validation error with its code, and where a value is at fault with its argument and the allowed values."""
    node = error.nodes[0] if error.nodes else None
    if isinstance(node, ValueNode):
        finder = _Finder(schema, node)
        visit(document, TypeInfoVisitor(finder.types, finder))
        if finder.name is not None:
            return _told(error, finder.name, _written(node), finder.expected)
    return _coded(error)


def explained_variable(schema: GraphQLSchema, error: GraphQLError, variables: dict[str, Any]) -> GraphQLError:
    """The same for a variable's value; `error` is of graphql-core's coercion."""
    node = error.nodes[0] if error.nodes else None
    if not isinstance(node, VariableDefinitionNode):
        return _coded(error)
    place = _PLACE.match(error.message)
    name = node.variable.name.value + (place[1] if place else "")
    expected = None if place else type_from_ast(schema, node.type)
    return _told(error, name, variables.get(node.variable.name.value), expected)


_PLACE = re.compile(r"Variable '\$\w+' has invalid value at ([.\w\[\]]+): ")
"""Where inside of a variable's value the fault is."""


def _told(error: GraphQLError, name: str, value: Any, expected: Any) -> GraphQLError:
    """The error by the name of what is at fault, with the reason alone and the allowed values."""
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    reason = error.message.rstrip(".")
    if isinstance(cause, InvalidParameter):  # a scalar's own words, which begin with its name
        reason = cause.message.removeprefix(f"{cause.argument}: ").rstrip(".")
        value = cause.details[cause.argument]
    kind = get_named_type(expected) if expected is not None else None
    allowed = f" Allowed: {', '.join(kind.values)}." if isinstance(kind, GraphQLEnumType) else ""
    return GraphQLError(
        _clipped(f"{name}: {reason}.{allowed}"), error.nodes, extensions={**CODE, "details": {name: _short(value)}}
    )


def _coded(error: GraphQLError) -> GraphQLError:
    return GraphQLError(_clipped(error.message), error.nodes, error.source, error.positions, extensions=CODE)


class _Finder(Visitor):
    """Finds the argument, or the field of an input, that a value stands for, and its type."""

    def __init__(self, schema: GraphQLSchema, wanted: ValueNode) -> None:
        super().__init__()
        self.types = TypeInfo(schema)
        self.name: str | None = None
        self.expected: GraphQLInputType | None = None
        self._wanted = wanted
        self._names: list[str] = []

    def enter(self, node: Node, *_: Any) -> None:
        if isinstance(node, ArgumentNode | ObjectFieldNode):
            self._names.append(node.name.value)
        if node is self._wanted:
            self.name = ".".join(self._names) or None
            self.expected = self.types.get_input_type()

    def leave(self, node: Node, *_: Any) -> None:
        if isinstance(node, ArgumentNode | ObjectFieldNode):
            self._names.pop()


def _written(node: ValueNode) -> str:
    text = getattr(node, "value", None)
    return text if isinstance(text, str) else print_ast(node)


def _clipped(message: str) -> str:
    """A message may quote what was sent, however long that is."""
    return message if len(message) <= LONGEST_MESSAGE else message[: LONGEST_MESSAGE - 1] + "…"


def _short(value: Any) -> Any:
    text = value if isinstance(value, str) else repr(value)
    return value if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
