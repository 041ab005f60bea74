"""Finds the operation that a request asks for: by the text that came along, or by the name or hash of one that is known."""

from typing import Final

from graphql import GraphQLSchema

from parallax import tracing
from parallax.access.viewer import Viewer
from parallax.errors import Forbidden, NotFound
from parallax.http.operations.cache import Operation, Operations
from parallax.http.operations.sent import only_sends
from parallax.http.operations.stored import PersistedTexts, StoredOperations, sha256
from parallax.http.requests import Asked, Unreadable
from parallax.settings import Settings
from parallax.telemetry import Refusal, stored_operations, watch_operation_cache

NOT_FOUND: Final = "PersistedQueryNotFound"
"""The words that clients look for, to send the text as well."""


class NotStored(Forbidden):
    reason = Refusal.NOT_STORED


class OnlySends(Forbidden):
    def __init__(self) -> None:
        # The same words for a text that is not valid: why it is not would tell of what can be asked.
        super().__init__(
            "This token only sends: it runs eventsTrack, logsTrack, usageTrack and usersIdentify, in a text that is valid. "
            "Ask with a token that may read."
        )


class Unknown(NotFound):
    reason = Refusal.UNKNOWN_HASH


class Library:
    """One per process."""

    def __init__(self, schema: GraphQLSchema, settings: Settings) -> None:
        self._stored_only = settings.stored_only
        self._stored = StoredOperations.read(settings.operations, schema)
        self._persisted = PersistedTexts(settings.persisted_queries)
        self._operations = Operations(schema, settings, self._stored)
        stored_operations(each.name for each in self._stored)
        watch_operation_cache(lambda: len(self._operations))

    def find(self, asked: Asked, viewer: Viewer) -> Operation:
        """Where it has `errors` it cannot run. Raises Unreadable, NotStored, OnlySends, Unknown."""
        with tracing.look_up():
            operation = self._found(asked, viewer)
            if viewer.ingest_only and (operation.errors or not only_sends(operation)):
                raise OnlySends
            return operation

    def _found(self, asked: Asked, viewer: Viewer) -> Operation:
        strict = self._stored_only or viewer.stored_only
        text, wanted = asked.text, asked.wanted_hash
        if text is None:
            return self._operations.find(self._text(asked, viewer, strict), asked.name)
        if wanted is not None and sha256(text) != wanted:
            problem = "extensions.persistedQuery.sha256Hash: is not the hash of the text that came with it."
            raise Unreadable(400, problem, Refusal.WRONG_HASH)
        if strict and self._stored.by_hash(sha256(text)) is None:
            raise NotStored("Only stored operations run here: this text is none of them.")
        operation = self._operations.find(text, asked.name)
        if wanted is not None and not operation.errors:
            self._persisted.keep(viewer.id, wanted, text)
        return operation

    def _text(self, asked: Asked, viewer: Viewer, strict: bool) -> str:
        """Of an operation that is named instead of sent."""
        stored = self._stored.find(asked.document_id or asked.wanted_hash or "")
        if stored is not None:
            return stored.text
        if asked.document_id is not None:
            raise Unknown("documentId: there is no stored operation of that name or hash.")
        text = None if strict else self._persisted.find(viewer.id, asked.wanted_hash or "")
        if text is None:
            raise Unknown(NOT_FOUND)
        return text
