"""The fields of an operation with what each declares to cost, and which variables and what else that depends on."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    Node,
    Undefined,
    ValueNode,
    VariableNode,
    get_nullable_type,
    is_introspection_type,
    is_leaf_type,
    value_from_ast_untyped,
)
from graphql.language.ast import QUERY_DOCUMENT_KEYS
from strawberry.schema.schema_converter import GraphQLCoreConverter

from parallax import costs
from parallax.costs import Cost, Cut, First, Many, Named, Page, Sent, Series, Spanned
from parallax.http.operations.selected import Conditions, Selected

INTROSPECTED: Final = 0.5
"""Units of a field of introspection: its lists are shorter than told here, and most of its types end early."""


@dataclass(frozen=True, slots=True)
class Given:
    """An argument: `constant`, or where variables are in it `node`. `default` stands for null and for what is absent."""

    constant: Any
    node: ValueNode | None
    default: Any


@dataclass(frozen=True, slots=True)
class Priced:
    """A field as `Selected` has it, with what its own cost needs. `element` is of each element of a list."""

    path: str
    cost: Cost
    given: Mapping[str, Given]
    conditions: tuple[Conditions, ...]
    is_list: bool
    element: float
    below: tuple[tuple["Priced", ...], ...]


class Pricing:
    """Prices fields, and notes what the sum will depend on: `values` of variables, `lengths` of those that are lists,
    the day, how much is open to the caller."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self.values: set[str] = set()
        self.lengths: set[str] = set()
        self.by_day = self.by_caller = False

    @cached_property
    def _introspected(self) -> dict[str, Many]:
        return _introspected(self._schema)

    def of(self, fields: Iterable[Selected]) -> tuple[Priced, ...]:
        return tuple(self._priced(field) for field in fields)

    def _priced(self, field: Selected) -> Priced:
        cost = self._cost(field.parent, field.definition, field.node.name.value)
        self.values |= {name for each in field.conditions for name, _ in each}
        kind = get_nullable_type(field.definition.type)
        element = 0.0
        if isinstance(kind, GraphQLList):
            element = costs.VALUE if is_leaf_type(get_nullable_type(kind.of_type)) else costs.ELEMENT
        return Priced(
            field.path,
            cost,
            {name: self._given(field, name, counted) for name, counted in _arguments(cost)},
            field.conditions,
            isinstance(kind, GraphQLList),
            element,
            tuple(self.of(each) for each in field.below),
        )

    def _cost(self, parent: GraphQLObjectType, definition: GraphQLField, name: str) -> Cost:
        if is_introspection_type(parent):
            return Cost(INTROSPECTED, extent=self._introspected.get(name))
        cost = declared(definition)
        if cost is None:
            return Cost(costs.CHANGE) if parent is self._schema.mutation_type else Cost()
        self.by_day |= isinstance(cost.extent, Series | Named | Spanned)
        self.by_caller |= isinstance(cost.extent, Page) and cost.extent.of_caller
        return cost

    def _given(self, field: Selected, argument: str, counted: bool) -> Given:
        expected = field.definition.args.get(argument)
        default = None if expected is None or expected.default_value is Undefined else expected.default_value
        node = next((each.value for each in field.node.arguments or () if each.name.value == argument), None)
        if node is None:
            return Given(None, None, default)
        names = set(_variables(node))
        (self.lengths if counted and isinstance(node, VariableNode) else self.values).update(names)
        return Given(None, node, default) if names else Given(value_from_ast_untyped(node), None, default)


def declared(definition: GraphQLField) -> Cost | None:
    """What a field's author says."""
    made = (definition.extensions or {}).get(GraphQLCoreConverter.DEFINITION_BACKREF)
    cost = getattr(made, "metadata", {}).get(costs.KEY)
    return cost if isinstance(cost, Cost) else None


def _arguments(cost: Cost) -> Iterator[tuple[str, bool]]:
    """Arguments that matter, and whether they do by their length alone."""
    match cost.extent:
        case Page(argument=argument) | First(argument=argument) | Named(argument=argument):
            yield argument, False
        case Sent(argument=argument):
            yield argument, True
        case Spanned(parts=parts, period=argument):
            yield from ((parts, True), (argument, False))
        case Cut(granularity=argument):
            yield argument, False
        case Series() as series:
            yield from ((name, name in series.conditions) for name in series.arguments)


def _variables(value: ValueNode) -> Iterator[str]:
    rest: list[Node] = [value]
    while rest:
        node = rest.pop()
        if isinstance(node, VariableNode):
            yield node.name.value
            continue
        for key in QUERY_DOCUMENT_KEYS.get(node.kind, ()):
            child = getattr(node, key, None)
            rest += [child] if isinstance(child, Node) else child or ()


def _introspected(schema: GraphQLSchema) -> dict[str, Many]:
    """How long the lists of introspection are, on average."""
    shapes = [each for each in schema.type_map.values() if isinstance(each, GraphQLObjectType | GraphQLInterfaceType)]
    fields = [field for shape in shapes for field in shape.fields.values()]
    of_type = Many(1 + len(fields) // max(1, len(schema.type_map)))
    of_field = Many(1 + sum(len(field.args) for field in fields) // max(1, len(fields)))
    return {
        "types": Many(len(schema.type_map)),
        "directives": Many(len(schema.directives)),
        "locations": Many(10),
        "args": of_field,
        **dict.fromkeys(("fields", "inputFields", "enumValues", "interfaces", "possibleTypes"), of_type),
    }
