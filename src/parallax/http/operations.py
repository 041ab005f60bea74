"""The operation cache: a text is parsed and validated once, and found again by its hash and operation name."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)

from parallax.http.mistakes import explained
from parallax.telemetry import OPERATIONS

HITS = OPERATIONS.labels("hit")
MOST_ERRORS = 20
MOST_TOKENS = 15_000


@dataclass(frozen=True, slots=True)
class Operation:
    """A text with the operation of it that runs. `errors` are why it does not; then `document` is None."""

    document: DocumentNode | None
    definition: OperationDefinitionNode | None
    errors: tuple[GraphQLError, ...] = ()

    @property
    def is_query(self) -> bool:
        return self.definition is not None and self.definition.operation is OperationType.QUERY


class Operations:
    """Bounded, least recently used first out. A refused text is kept as well: a client in a loop costs a look-up."""

    def __init__(self, schema: GraphQLSchema, size: int) -> None:
        self._schema, self._size = schema, size
        self._known: OrderedDict[tuple[bytes, str | None], Operation] = OrderedDict()

    def find(self, text: str, name: str | None) -> Operation:
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest(), name
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
            HITS.inc()
            return known
        made = self._made(text, name)
        OPERATIONS.labels("refused" if made.errors else "miss").inc()
        self._known[key] = made
        if len(self._known) > self._size:
            self._known.popitem(last=False)
        return made

    def _made(self, text: str, name: str | None) -> Operation:
        try:
            document = parse(text, max_tokens=MOST_TOKENS)
        except GraphQLError as error:
            return _refused(error)
        errors = validate(self._schema, document, max_errors=MOST_ERRORS)
        if errors:
            return Operation(None, None, tuple(explained(self._schema, document, error) for error in errors))
        found = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        if name is not None:
            found = [node for node in found if node.name is not None and node.name.value == name]
        if len(found) != 1:
            return _refused(
                GraphQLError(
                    "operationName: the text has several operations; name the one to run."
                    if found
                    else f"operationName: the text has no operation {name!r}."
                    if name is not None
                    else "The text has no operation."
                )
            )
        return Operation(document, found[0])


def _refused(error: GraphQLError) -> Operation:
    error.extensions = {"code": "INVALID_PARAMETER"}
    return Operation(None, None, (error,))
