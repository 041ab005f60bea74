"""Texts that are known before they are sent: operations stored by the operator, and automatic persisted queries."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from graphql import FragmentDefinitionNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, parse, validate

from parallax.errors import SetupError

SUFFIX: Final = ".graphql"
SHARE: Final = 5
"""One token's persisted texts are at most this part of all."""
LONGEST: Final = 16 * 2**10
"""Characters of a text that is kept: a longer one is no operation of an app, and is told to be unknown each time."""


@dataclass(frozen=True, slots=True)
class StoredOperation:
    """One file of the folder. `hash` is the sha256 of its text in hexadecimal."""

    name: str
    text: str
    hash: str


class StoredOperations:
    """The operator's operations, by name and by hash. Read once: a change of the folder needs a restart."""

    def __init__(self, operations: Mapping[str, StoredOperation] | None = None) -> None:
        self._by_name = dict(operations or {})
        self._by_hash = {each.hash: each for each in self._by_name.values()}

    @classmethod
    def read(cls, folder: Path | None, schema: GraphQLSchema) -> "StoredOperations":
        """Every `.graphql` file below the folder, one named operation each, checked against the schema.

        Raises SetupError that names each file at fault: an operation that cannot run is told at start, not at noon.
        """
        if folder is None:
            return cls()
        if not folder.is_dir():
            raise SetupError(f"PARALLAX_OPERATIONS: {folder} is no folder.")
        found: dict[str, StoredOperation] = {}
        faults: list[str] = []
        for path in sorted(folder.rglob(f"*{SUFFIX}")):
            try:
                operation = _read(path, schema)
                if operation.name in found:
                    raise ValueError(f"another file has an operation {operation.name} too")
                found[operation.name] = operation
            except (OSError, ValueError, GraphQLError) as error:
                faults.append(f"{path.relative_to(folder)}: {error}")
        if faults:
            raise SetupError("PARALLAX_OPERATIONS: operations that cannot be stored:\n" + "\n".join(faults))
        return cls(found)

    def find(self, document_id: str) -> StoredOperation | None:
        """By name, by hash, or by `sha256:` and hash."""
        return self._by_name.get(document_id) or self.by_hash(document_id.removeprefix("sha256:").lower())

    def by_hash(self, digest: str) -> StoredOperation | None:
        return self._by_hash.get(digest)

    def __iter__(self) -> Iterator[StoredOperation]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)


def _read(path: Path, schema: GraphQLSchema) -> StoredOperation:
    text = path.read_text(encoding="utf-8")
    document = parse(text)
    if errors := validate(schema, document):
        raise errors[0]
    named = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    others = [each for each in document.definitions if not isinstance(each, FragmentDefinitionNode)]
    if len(named) != 1 or len(others) != 1 or named[0].name is None:
        raise ValueError("a file holds one operation, with a name, and the fragments that it uses")
    return StoredOperation(named[0].name.value, text, sha256(text))


class PersistedTexts:
    """Texts that tokens sent once and name by hash from then on. Apart per token: nobody finds, or fills, another's."""

    def __init__(self, size: int) -> None:
        self._size, self._share = size, max(1, size // SHARE)
        self._texts: OrderedDict[tuple[UUID, str], str] = OrderedDict()
        self._held: dict[UUID, OrderedDict[str, None]] = {}

    def find(self, owner: UUID, digest: str) -> str | None:
        text = self._texts.get((owner, digest))
        if text is not None:
            self._texts.move_to_end((owner, digest))
            self._held[owner].move_to_end(digest)
        return text

    def keep(self, owner: UUID, digest: str, text: str) -> None:
        """The caller has checked that `digest` is the text's."""
        if len(text) > LONGEST:
            return
        held = self._held.setdefault(owner, OrderedDict())
        held[digest] = None
        held.move_to_end(digest)
        self._texts[owner, digest] = text
        self._texts.move_to_end((owner, digest))
        if len(held) > self._share:
            self._drop(owner, next(iter(held)))
        if len(self._texts) > self._size:
            self._drop(*next(iter(self._texts)))

    def _drop(self, owner: UUID, digest: str) -> None:
        del self._texts[owner, digest]
        del self._held[owner][digest]
        if not self._held[owner]:
            del self._held[owner]


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
