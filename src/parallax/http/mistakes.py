"""Says of a value that the schema refuses which argument it is of, and what is allowed (Y1)."""

from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    EnumValueNode,
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

CODE = {"code": "INVALID_PARAMETER"}
LONGEST = 200


def explained(schema: GraphQLSchema, document: DocumentNode, error: GraphQLError) -> GraphQLError:
    """A validation error with its code, and where a value is at fault with its argument and the allowed values."""
    error.extensions = {**CODE, **(error.extensions or {})}
    node = error.nodes[0] if error.nodes else None
    if not isinstance(node, ValueNode):
        return error
    finder = _Finder(schema, node)
    visit(document, TypeInfoVisitor(finder.types, finder))
    if finder.name is None:
        return error
    error.extensions["details"] = {finder.name: _plain(node)}
    return _with_allowed(error, finder.name, finder.expected)


def explained_variable(schema: GraphQLSchema, error: GraphQLError, variables: dict[str, Any]) -> GraphQLError:
    """The same for a variable's value; `error` is of graphql-core's coercion."""
    error.extensions = {**CODE, **(error.extensions or {})}
    node = error.nodes[0] if error.nodes else None
    if isinstance(node, VariableDefinitionNode):
        name = node.variable.name.value
        if name in variables:
            error.extensions.setdefault("details", {name: _shown(variables[name])})
        expected = type_from_ast(schema, node.type)
        return _with_allowed(error, name, expected)
    return error


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


def _with_allowed(error: GraphQLError, name: str, expected: Any) -> GraphQLError:
    kind = get_named_type(expected) if expected is not None else None
    if isinstance(kind, GraphQLEnumType):
        message = f"{name}: {error.message.rstrip('.')}. Allowed: {', '.join(kind.values)}."
    else:
        message = f"{name}: {error.message}"
    return GraphQLError(
        message, error.nodes, error.source, error.positions, error.path, error.original_error, error.extensions
    )


def _plain(node: ValueNode) -> str:
    text = node.value if isinstance(node, EnumValueNode) else getattr(node, "value", None)
    return _shown(text if isinstance(text, str) else print_ast(node))


def _shown(value: Any) -> Any:
    text = value if isinstance(value, str) else repr(value)
    return value if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
