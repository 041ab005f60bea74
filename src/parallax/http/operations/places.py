"""Where the selections of an operation come together, once its fragments are spread out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode

TYPE_LISTS: Final = frozenset({"fields", "interfaces", "possibleTypes", "inputFields"})
"""Lists of introspection through which the schema goes round in circles."""


class Place(NamedTuple):
    """A place of the answer: the selections that meet there, from whichever fragments. `lists` is of introspection."""

    selections: Sequence[SelectionSetNode]
    depth: int = 1
    introspects: bool = False
    lists: int = 0

    def below(self, nodes: Sequence[FieldNode]) -> "Place":
        """What is selected below fields that come together."""
        name = nodes[0].name.value
        return Place(
            [node.selection_set for node in nodes if node.selection_set is not None],
            self.depth + 1,
            self.introspects or name in ("__schema", "__type"),
            self.lists + (self.introspects and name in TYPE_LISTS),
        )


class Extremes:
    """The largest of what was met: found in no more steps than there are selections, fragments spread out."""

    def __init__(self, operations: Iterable[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self.depth = self.introspection_depth = self.introspection_lists = self.spreads = self.repeats = 0
        self.repeated = ""
        stack = [Place([each]) for each in operations]
        while stack:
            place = stack.pop()
            fields = self._met(place)
            stack += [place.below(nodes) for nodes in fields.values() if any(node.selection_set for node in nodes)]

    def _met(self, place: Place) -> dict[str, list[FieldNode]]:
        """The fields of a place by response name, whatever type they are of."""
        fields: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        rest = [node for each in place.selections for node in each.selections]
        while rest:
            match rest.pop():
                case FieldNode() as node:
                    fields.setdefault((node.alias or node.name).value, []).append(node)
                case InlineFragmentNode(selection_set=selection_set):
                    rest.extend(selection_set.selections)
                case FragmentSpreadNode(name=name) if name.value in self._fragments and name.value not in seen:
                    seen.add(name.value)
                    rest.extend(self._fragments[name.value].selection_set.selections)
        self._note(place, fields, len(seen))
        return fields

    def _note(self, place: Place, fields: Mapping[str, Sequence[FieldNode]], spreads: int) -> None:
        self.spreads = max(self.spreads, spreads)
        if not fields:
            return
        if place.introspects:
            self.introspection_depth = max(self.introspection_depth, place.depth)
            self.introspection_lists = max(self.introspection_lists, place.lists)
        else:
            self.depth = max(self.depth, place.depth)
        name = max(fields, key=lambda name: len(fields[name]))
        if len(fields[name]) > self.repeats:
            self.repeats, self.repeated = len(fields[name]), name
