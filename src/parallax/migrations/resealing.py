"""Credentials that an earlier key sealed are sealed anew with the one in use, so that the earlier one may be dropped."""

import time
from collections.abc import Sequence
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


async def reseal(owner: Owner, secrets: Sequence[bytes], scope_key: bytes) -> None:
    """Within a transaction of the owner's, who is bound by row-level security as all are.

    What none of the keys opens is left as it is: whoever asks for it is told so.
    """
    seals = Seals(secrets)
    await owner.script(HELD)
    await _see(owner, EVERYBODY, scope_key)
    clients = [row["id"] for row in await owner.rows("select id from parallax.client")]
    for start in range(0, len(clients), CLIENTS_AT_ONCE):
        await _see(owner, Scope(frozenset(clients[start : start + CLIENTS_AT_ONCE])), scope_key)
        for client, system, link, kept in await owner.rows(SEALED):
            if not seals.is_current(kept):
                await _anew(owner, seals, client, system, link, kept)
    await owner.rows("select set_config('parallax.scope', '', true)")


async def _see(owner: Owner, scope: Scope, key: bytes) -> None:
    await owner.rows("select set_config('parallax.scope', $1, true)", sealed(scope, key, time.time()))


async def _anew(owner: Owner, seals: Seals, client: UUID, system: str, link: UUID | None, kept: bytes) -> None:
    about = of_credential(client, system) if link is None else of_link(client, system, link)
    try:
        text = seals.open(kept, about)
    except Unopened:
        return
    if link is None:
        await owner.rows(RESEALED, client, system, seals.seal(text, about))
    else:
        await owner.rows(LINK_RESEALED, client, link, seals.seal(text, about))
