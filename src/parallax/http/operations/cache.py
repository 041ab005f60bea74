"""The operation cache: a text is parsed, bounded and validated once, and found again by its hash and operation name."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    GraphQLDeferDirective,
    GraphQLError,
    GraphQLSchema,
    GraphQLStreamDirective,
    Node,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    validate,
    visit,
)
from graphql.language.ast import QUERY_DOCUMENT_KEYS
from graphql.language.visitor import REMOVE

from parallax.http.operations.bounds import exceeded, parsed
from parallax.http.operations.cost import Costing
from parallax.http.operations.mistakes import explained
from parallax.http.operations.selected import root_names
from parallax.http.operations.stored import StoredOperation, StoredOperations
from parallax.settings import Settings
from parallax.telemetry import OPERATIONS

HITS = OPERATIONS.labels("hit")
MOST_ERRORS: Final = 20
USUAL_LENGTH: Final = 256
"""Characters of an operation for which the cache has room: fewer long ones are kept, so that memory has a bound."""
INCREMENTAL: Final = frozenset({GraphQLDeferDirective.name, GraphQLStreamDirective.name})


@dataclass(frozen=True, slots=True)
class Operation:
    """A text with the operation of it that runs. `errors` are why it does not; then `document` is None.

    `whole` is the document without `@defer` and `@stream`, for an answer in one piece. `roots` are its fields at the root.
    """

    document: DocumentNode | None
    definition: OperationDefinitionNode | None
    errors: tuple[GraphQLError, ...] = ()
    whole: DocumentNode | None = None
    costing: Costing | None = None
    stored: StoredOperation | None = None
    deprecated: tuple[str, ...] = ()
    roots: frozenset[str] = frozenset()
    digest: str = field(default="", compare=False)

    @property
    def kind(self) -> OperationType:
        return self.definition.operation if self.definition is not None else OperationType.QUERY

    @property
    def name(self) -> str | None:
        return self.definition.name.value if self.definition is not None and self.definition.name else None

    @property
    def is_incremental(self) -> bool:
        return self.whole is not self.document


class Operations:
    """Bounded but for what is stored, least recently used first out.

    A refused text is kept as well: a client in a loop costs a look-up.
    """

    def __init__(self, schema: GraphQLSchema, settings: Settings, stored: StoredOperations) -> None:
        self._schema, self._settings, self._stored = schema, settings, stored
        self._room = settings.operation_cache * USUAL_LENGTH
        self._known: OrderedDict[tuple[bytes, str | None], tuple[Operation, int]] = OrderedDict()
        self._pinned: dict[tuple[bytes, str | None], Operation] = {}

    def __len__(self) -> int:
        return len(self._known) + len(self._pinned)

    def find(self, text: str, name: str | None) -> Operation:
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest(), name
        if (pinned := self._pinned.get(key)) is not None:
            HITS.inc()
            return pinned
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
            HITS.inc()
            return known[0]
        made = self._made(text, name, key[0].hex())
        OPERATIONS.labels("refused" if made.errors else "miss").inc()
        if made.stored is not None:  # the operator's own: no caller's text takes its place
            self._pinned[key] = made
            return made
        weight = max(len(text), USUAL_LENGTH)
        self._known[key] = made, weight
        self._room -= weight
        while self._room < 0:
            self._room += self._known.popitem(last=False)[1][1]
        return made

    def _made(self, text: str, name: str | None, digest: str) -> Operation:
        try:
            document = parsed(text, self._settings)
        except GraphQLError as error:
            return Operation(None, None, (error,), digest=digest)
        _lighten(document)
        if (refusal := exceeded(document, self._settings)) is not None:
            return Operation(None, None, (refusal,), digest=digest)
        errors = validate(self._schema, document, max_errors=MOST_ERRORS)
        if errors:
            return Operation(None, None, tuple(map(partial(self._told, document), errors)), digest=digest)
        found = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        if name is not None:
            found = [node for node in found if node.name is not None and node.name.value == name]
        if len(found) != 1:
            problem = (
                "operationName: the text has several operations; name the one to run."
                if found
                else f"operationName: the text has no operation {name!r}."
                if name is not None
                else "The text has no operation."
            )
            refusal = GraphQLError(problem, extensions={"code": "INVALID_PARAMETER"})
            return Operation(None, None, (refusal,), digest=digest)
        looked_at = _Look(self._schema)
        whole = visit(document, TypeInfoVisitor(looked_at.types, looked_at))
        return Operation(
            document,
            found[0],
            whole=whole,
            costing=Costing.of(self._schema, document, found[0]),
            stored=self._stored.by_hash(digest),
            deprecated=tuple(sorted(looked_at.deprecated)),
            roots=root_names(self._schema, document, found[0]),
            digest=digest,
        )

    def _told(self, document: DocumentNode, error: GraphQLError) -> GraphQLError:
        if error.message == "Validation aborted.":
            return GraphQLError("The text is too large to be validated.", extensions={"code": "TOO_COSTLY"})
        return explained(self._schema, document, error)


def _lighten(document: DocumentNode) -> None:
    """Lets go of the tokens, which are most of what a document holds; where in the text a node stands is kept.

    They hold one another: without being taken apart they would stay until the collector's next long round.
    """
    token = document.loc.start_token if document.loc is not None else None
    while token is not None:
        following = token.next
        token.prev = token.next = None
        token = following
    rest: list[Node] = [document]
    while rest:
        node = rest.pop()
        if node.loc is not None:
            node.loc.start_token = node.loc.end_token = None  # type: ignore[assignment]
        for key in QUERY_DOCUMENT_KEYS.get(node.kind, ()):
            child = getattr(node, key, None)
            rest += [child] if isinstance(child, Node) else child or ()


class _Look(Visitor):
    """Takes `@defer` and `@stream` out, and notes deprecated fields on the way."""

    def __init__(self, schema: GraphQLSchema) -> None:
        super().__init__()
        self.types = TypeInfo(schema)
        self.deprecated: set[str] = set()

    def enter_field(self, _node: FieldNode, *_: Any) -> None:
        definition, parent = self.types.get_field_def(), self.types.get_parent_type()
        if definition is not None and parent is not None and definition.deprecation_reason is not None:
            self.deprecated.add(f"{parent.name}.{_node.name.value}")

    def enter_directive(self, node: DirectiveNode, *_: Any) -> Any:
        return REMOVE if node.name.value in INCREMENTAL else None
