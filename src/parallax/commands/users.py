"""`parallax user …`: a client's users."""

import sys
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from parallax.commands.arguments import ClientId, Json, Yes, sure
from parallax.commands.listing import counted, show
from parallax.commands.running import run, say, settings

if TYPE_CHECKING:
    from parallax.db import Database

app = App(
    name="user",
    help="Erase a client's users.",
    help_format="plaintext",
    help_epilogue="""Example: parallax user erase ada --client 018f0000-0000-7000-8000-000000000001 --yes

Exit codes: 0 done, 1 failed or refused, 2 wrong usage.""",
)
LONGEST_S = 3600.0
MOST_AT_ONCE = 1000


@app.command(validator=sure)
def erase(
    *ids: Annotated[str, Parameter(help="Any id of each user: your own, an alias, or the global id.")],
    client: Annotated[ClientId, Parameter(help="UUID or global id of the client whose users they are.")],
    stdin: Annotated[
        bool, Parameter(negative=(), show_default=False, help="Ids from standard input too, one a line.")
    ] = False,
    as_json: Json = False,
    yes: Yes = False,  # noqa: ARG001 - for the validator
) -> None:
    """Erase users for good, with all of their ids, events, logs, reports and traits; say what was counted, layer by layer.

    They are out of every answer at once; then every row of theirs is taken away. Interrupted, that goes on with the same
    command (without ids). The database's write-ahead log and your backups age out by their own clock.

    Example: parallax user erase ada x7 --client 018f0000-0000-7000-8000-000000000001 --yes

    Exit codes: 0 done, 1 failed, or some id was nobody's, 2 wrong usage.
    """
    from datetime import UTC, datetime

    from parallax.access.viewer import Viewer
    from parallax.scopes import Scope
    from parallax.users.erasure import erase as erased
    from parallax.users.erasures import ErasureKey, erasure_loader
    from parallax.users.purging import purge

    asked = [*ids, *(line.rstrip("\r\n") for line in sys.stdin if line.strip())] if stdin else list(ids)

    async def verb(db: "Database") -> list[str]:
        unknown: list[str] = []
        keys, users = [], 0
        for start in range(0, len(asked), MOST_AT_ONCE):
            part = asked[start : start + MOST_AT_ONCE]
            done = await erased(db, Scope.of(client), client, part, datetime.now(UTC))
            unknown += done.unknown
            users += done.users
            if done.erasure is not None:
                keys.append(ErasureKey(client, done.erasure))
        await purge(db, client)
        operator = Viewer(id=client, name="command line", is_operator=True)
        records = [await erasure_loader(db, operator).load(key) for key in keys]
        rows = [
            {"erasure": record.key.id, "layer": layer.name, "before": layer.before, "after": layer.after}
            for record in records
            if record is not None
            for layer in record.layers
        ]
        say(f"Erased {counted(users, 'user')}.")
        show(("erasure", "layer", "before", "after"), rows, as_json=as_json)
        return unknown

    unknown = run(verb, settings(deadline=LONGEST_S))
    if unknown:
        say(f"Nobody has {counted(len(unknown), 'id')} of these: {', '.join(unknown)}")
        raise SystemExit(1)
