"""The caller of one request: a token, the clients it opens, and its role in each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import NamedTuple
from uuid import UUID

from parallax.errors import Forbidden, NotFound
from parallax.scopes import EVERYBODY, Scope


class Role(Enum):
    VIEWER = "VIEWER"
    EDITOR = "EDITOR"
    ADMIN = "ADMIN"

    @property
    def rank(self) -> int:
        return _RANKS[self]

    def covers(self, needed: "Role") -> bool:
        """VIEWER < EDITOR < ADMIN."""
        return self.rank >= needed.rank


_RANKS = {Role.VIEWER: 1, Role.EDITOR: 2, Role.ADMIN: 3}


class WhenLow(Enum):
    """What a caller gets while little is left of a vendor's quota, of what is not kept fresh."""

    STALE = "STALE"
    """An older answer where there is one, else a call."""
    NULL = "NULL"
    REFUSE = "REFUSE"


class Maker(NamedTuple):
    """Who made something: `id` None is the command line."""

    name: str
    id: UUID | None = None


COMMAND_LINE = Maker("command line")


@dataclass(frozen=True, slots=True)
class Viewer:
    """`roles` by client; an operator is ADMIN of every client, also of those to come.

    `ingest_only`: it may send and read nothing, whatever its role (see http/operations/sent and http/sending).
    """

    id: UUID
    name: str
    roles: Mapping[UUID, Role] = field(default_factory=dict)
    is_operator: bool = False
    expires_at: datetime | None = None
    stored_only: bool = False
    ingest_only: bool = False
    when_low: Mapping[str, WhenLow] = field(default_factory=dict)
    """By vendor; STALE for one that is not named."""

    @property
    def maker(self) -> Maker:
        return Maker(self.name, self.id)

    def role(self, client: UUID) -> Role | None:
        return Role.ADMIN if self.is_operator else self.roles.get(client)

    def sees(self, client: UUID) -> bool:
        return self.is_operator or client in self.roles

    def visible(self, clients: Iterable[UUID]) -> list[UUID]:
        """Those of `clients` that the caller may see: the first lock, a parameter of every statement."""
        return [client for client in clients if self.sees(client)]

    def scope(self, clients: Iterable[UUID]) -> Scope:
        """The second lock, for row-level security: what the token opens, not what the statement names.

        An operator's is what the statement names: a list of all clients would not fit into a setting.
        """
        return Scope(frozenset(clients)) if self.is_operator else Scope(frozenset(self.roles))

    @property
    def listing(self) -> Scope:
        """For the lists of clients and of apps by their id alone."""
        return EVERYBODY if self.is_operator else Scope(frozenset(self.roles))

    def needs(self, role: Role, client: UUID, what: str = "This") -> None:
        """Forbidden without that role; NotFound for a client that the caller cannot see at all."""
        held = self.role(client)
        if held is None:
            raise NotFound("There is no such client.")
        if not held.covers(role):
            raise Forbidden(f"{what} needs the role {role.value}; this token has {held.value}.")

    def needs_operator(self, what: str) -> None:
        if not self.is_operator:
            raise Forbidden(f"{what} needs an operator's token (`parallax token create --operator`).")
