"""What a token may run that is for sending alone: it stands in a page or an app, so whoever has it learns nothing by it."""

from typing import Final

from graphql import OperationType

from parallax.http.operations.cache import Operation

SENDING: Final = frozenset({"eventsTrack", "logsTrack", "usageTrack", "usersIdentify"})
NAMELESS: Final = frozenset({"__typename"})


def only_sends(operation: Operation) -> bool:
    """Whether it changes nothing but by sending, and asks for nothing but what became of that."""
    if operation.kind is OperationType.MUTATION:
        return operation.roots <= SENDING | NAMELESS
    return operation.kind is OperationType.QUERY and operation.roots <= NAMELESS
