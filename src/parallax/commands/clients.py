"""`parallax client …`: the organisations whose apps are measured."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from parallax.commands.arguments import ClientId, Json, Yes, sure
from parallax.commands.listing import counted, show
from parallax.commands.running import progress, run, say

if TYPE_CHECKING:
    from parallax.db import Database

app = App(
    name="client",
    help="Make, list, change and delete clients (the organisations whose data this is).",
    help_format="plaintext",
)
Zone = Annotated[str, Parameter(help="IANA name: every day of the client's numbers is a day in this zone.")]


@app.command
def create(
    *,
    name: Annotated[str, Parameter(help="1 to 200 characters; need not be unique.")],
    time_zone: Zone,
) -> None:
    """Make a client and print its UUID, on the last line.

    Example: parallax client create --name Nordlys --time-zone Europe/Berlin

    Exit codes: 0 done, 1 failed or refused, 2 wrong usage.
    """
    from datetime import UTC, datetime

    from parallax.clients.setup import create_client

    async def verb(db: "Database") -> None:
        client = await create_client(db, name, time_zone, datetime.now(UTC))
        say(f"Made the client {client.name} ({client.time_zone}).")
        print(client.id)

    run(verb)


@app.command(name="list")
def list_(*, as_json: Json = False) -> None:
    """List all clients by name: id, name, time zone.

    Example: parallax client list --json

    Exit codes: 0 done, 1 failed, 2 wrong usage.
    """
    from parallax.clients.setup import all_clients

    async def verb(db: "Database") -> None:
        rows = [{"id": each.id, "name": each.name, "timeZone": each.time_zone} for each in await all_clients(db)]
        show(("id", "name", "timeZone"), rows, as_json=as_json)

    run(verb)


def _something(name: str | None = None, time_zone: str | None = None, **_: object) -> None:
    if name is None and time_zone is None:
        raise ValueError("nothing to change: give --name, --time-zone or both")


@app.command(validator=_something)
def update(
    id: Annotated[ClientId, Parameter(help="UUID or global id of the client.")],
    *,
    name: Annotated[str | None, Parameter(help="Its new name.")] = None,
    time_zone: Annotated[
        str | None, Parameter(help="Its new zone. Reports are by day already and keep their days; what is today moves.")
    ] = None,
) -> None:
    """Change a client's name or time zone; what is not given stays.

    Example: parallax client update 018f0000-0000-7000-8000-000000000001 --time-zone Europe/Oslo

    Exit codes: 0 done, 1 failed or refused, 2 wrong usage.
    """
    from datetime import UTC, datetime

    from parallax.clients.setup import update_client

    async def verb(db: "Database") -> None:
        client = await update_client(db, id, datetime.now(UTC), name, time_zone)
        say(f"The client is {client.name} ({client.time_zone}).")
        print(client.id)

    run(verb)


@app.command(validator=sure)
def delete(
    id: Annotated[ClientId, Parameter(help="UUID or global id of the client.")],
    *,
    yes: Yes = False,  # noqa: ARG001 - for the validator
) -> None:
    """Delete a client for good: its apps, all of their rows, its users, and the tokens that open nothing else.

    From the first moment nobody sees it any more; the rows go in batches. Interrupted, it is taken up again by the same
    command.

    Example: parallax client delete 018f0000-0000-7000-8000-000000000001 --yes

    Exit codes: 0 done, 1 failed or refused, 2 wrong usage.
    """
    from datetime import UTC, datetime

    from parallax.clients.setup import delete_client

    async def verb(db: "Database") -> None:
        with progress("Deleting") as told:
            gone = await delete_client(db, id, datetime.now(UTC), told)
        say(f"Deleted the client {gone.name or id}: {counted(gone.rows, 'row')}.")

    run(verb)
