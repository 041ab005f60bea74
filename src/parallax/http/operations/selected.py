"""What an operation selects: a tree with its fragments spread out, and equal response names as one, as it is run."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
)

Conditions = tuple[tuple[str, bool], ...]
"""Variables with the values that they must have, for `@skip` and `@include`; those of constants are decided already."""
ALWAYS: Conditions = ()


@dataclass(frozen=True, slots=True)
class Selected:
    """A field in its place. `path` is of response names.

    `below` has a selection for each type that the field may be of. It is there when any of `conditions` holds.
    """

    path: str
    node: FieldNode
    definition: GraphQLField
    parent: GraphQLObjectType
    conditions: tuple[Conditions, ...]
    below: tuple[tuple["Selected", ...], ...]


def selected(
    schema: GraphQLSchema, document: DocumentNode, definition: OperationDefinitionNode
) -> tuple[Selected, ...]:
    """The fields of a valid operation."""
    root = schema.get_root_type(definition.operation)
    return () if root is None else _Reader(schema, document).fields(root, [(definition.selection_set, ALWAYS)], "")


def root_names(schema: GraphQLSchema, document: DocumentNode, definition: OperationDefinitionNode) -> frozenset[str]:
    """The fields at the root of a valid operation, by their names in the schema; those that a constant skips are left out."""
    root = schema.get_root_type(definition.operation)
    met = [] if root is None else _Reader(schema, document).met(root, [(definition.selection_set, ALWAYS)])
    return frozenset(node.name.value for node, _ in met)


Sets = list[tuple[SelectionSetNode, Conditions]]


class _Reader:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }

    def fields(self, of_type: GraphQLObjectType, sets: Sets, path: str) -> tuple[Selected, ...]:
        met: dict[str, list[tuple[FieldNode, Conditions]]] = {}
        for node, conditions in self.met(of_type, sets):
            met.setdefault((node.alias or node.name).value, []).append((node, conditions))
        return tuple(
            field
            for name, nodes in met.items()
            if (field := self._field(of_type, nodes, f"{path}.{name}" if path else name)) is not None
        )

    def _field(
        self, parent: GraphQLObjectType, nodes: list[tuple[FieldNode, Conditions]], path: str
    ) -> Selected | None:
        definition = self._schema.get_field(parent, nodes[0][0].name.value)
        if definition is None:
            return None
        conditions = tuple(dict.fromkeys(each for _, each in nodes))
        # A condition that the field stands under need not be asked again below it.
        sets = [
            (node.selection_set, ALWAYS if len(conditions) == 1 else each)
            for node, each in nodes
            if node.selection_set is not None
        ]
        below = tuple(self.fields(each, sets, path) for each in self._types(definition)) if sets else ()
        return Selected(path, nodes[0][0], definition, parent, () if ALWAYS in conditions else conditions, below)

    def _types(self, definition: GraphQLField) -> Iterable[GraphQLObjectType]:
        named = get_named_type(definition.type)
        if isinstance(named, GraphQLObjectType):
            return [named]
        return self._schema.get_possible_types(named) if is_abstract_type(named) else []

    def met(self, of_type: GraphQLObjectType, sets: Sets) -> Iterator[tuple[FieldNode, Conditions]]:
        """The fields that such an object shows, in order."""
        seen: set[tuple[str, Conditions]] = set()
        rest = [(node, outer) for each, outer in reversed(sets) for node in reversed(each.selections)]
        while rest:
            node, outer = rest.pop()
            conditions = _with(outer, node.directives)
            if conditions is None:
                continue
            match node:
                case FieldNode():
                    yield node, conditions
                    continue
                case FragmentSpreadNode(name=name):
                    fragment = self._fragments.get(name.value)
                    if fragment is None or (name.value, conditions) in seen:
                        continue
                    seen.add((name.value, conditions))
                    condition, selection_set = fragment.type_condition.name.value, fragment.selection_set
                case InlineFragmentNode():
                    condition = node.type_condition.name.value if node.type_condition is not None else of_type.name
                    selection_set = node.selection_set
                case _:
                    continue
            if self._is(of_type, condition):
                rest.extend((each, conditions) for each in reversed(selection_set.selections))

    def _is(self, of_type: GraphQLObjectType, condition: str) -> bool:
        if condition == of_type.name:
            return True
        wanted = self._schema.get_type(condition)
        return wanted is not None and is_abstract_type(wanted) and self._schema.is_sub_type(wanted, of_type)


def _with(outer: Conditions, directives: Iterable[DirectiveNode] | None) -> Conditions | None:
    """The conditions with those of `@skip` and `@include`; None where a constant says that it is not there."""
    found = dict(outer)
    for directive in directives or ():
        if directive.name.value not in ("skip", "include"):
            continue
        wanted = directive.name.value == "include"
        match [argument.value for argument in directive.arguments or ()]:
            case [BooleanValueNode(value=value)] if value is not wanted:
                return None
            case [VariableNode(name=name)]:
                if found.setdefault(name.value, wanted) is not wanted:
                    return None
    return tuple(sorted(found.items()))
