"""Credentials that an earlier key sealed are sealed anew with the one in use, so that the earlier one may be dropped."""

import time
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple
from uuid import UUID

from parallax.access.sealing import Seals, Unopened, of_credential, of_link
from parallax.db import Owner
from parallax.scopes import EVERYBODY, Scope, sealed

CLIENTS_AT_ONCE = 1000
"""Their ids fit into a setting."""
# Nobody seals with the earlier key meanwhile.
HELD = "lock table parallax.vendor_credential, parallax.app_link in share row exclusive mode"
SEALED = """
select client_id, system, null::uuid as link, sealed from parallax.vendor_credential
union all
select client_id, system, id, sealed from parallax.app_link where sealed is not null
"""
RESEALED = "update parallax.vendor_credential set sealed = $3 where client_id = $1 and system = $2"
LINK_RESEALED = "update parallax.app_link set sealed = $3 where client_id = $1 and id = $2"


class Kept(NamedTuple):
    """Of a link where `link` is not None."""

    client: UUID
    system: str
    link: UUID | None
    sealed: bytes

    @property
    def about(self) -> bytes:
        of_client = of_credential(self.client, self.system)
        return of_client if self.link is None else of_link(self.client, self.system, self.link)


async def reseal(owner: Owner, secrets: Sequence[bytes], scope_key: bytes) -> None:
    """Within a transaction of the owner's, who is bound by row-level security as all are.

    What none of the keys opens is left as it is: whoever asks for it is told so.
    """
    seals = Seals(secrets)
    await owner.script(HELD)
    async for kept in credentials(owner, scope_key):
        text = None if seals.is_current(kept.sealed) else _opened(seals, kept)
        if text is None:
            continue
        anew = seals.seal(text, kept.about)
        if kept.link is None:
            await owner.rows(RESEALED, kept.client, kept.system, anew)
        else:
            await owner.rows(LINK_RESEALED, kept.client, kept.link, anew)


async def unopened(role: Owner, secrets: Sequence[bytes], scope_key: bytes) -> list[Kept]:
    """What none of the keys opens."""
    seals = Seals(secrets)
    return [kept async for kept in credentials(role, scope_key) if _opened(seals, kept) is None]


async def credentials(role: Owner, scope_key: bytes) -> AsyncIterator[Kept]:
    """Those of all clients, as they are sealed; the session sees those of their clients while they are gone through."""
    await _see(role, sealed(EVERYBODY, scope_key, time.time()))
    clients = [row["id"] for row in await role.rows("select id from parallax.client")]
    for start in range(0, len(clients), CLIENTS_AT_ONCE):
        some = Scope(frozenset(clients[start : start + CLIENTS_AT_ONCE]))
        await _see(role, sealed(some, scope_key, time.time()))
        for row in await role.rows(SEALED):
            yield Kept(*row)
    await _see(role, "")


async def _see(role: Owner, scope: str) -> None:
    await role.rows("select set_config('parallax.scope', $1, false)", scope)


def _opened(seals: Seals, kept: Kept) -> str | None:
    try:
        return seals.open(kept.sealed, kept.about)
    except Unopened:
        return None
