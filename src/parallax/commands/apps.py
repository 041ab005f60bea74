"""`parallax app …`: a client's products. See links.py for what they are at vendors."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from parallax.commands.arguments import AppId, ClientId, Json, NamedApp, Uuid, Yes, sure
from parallax.commands.listing import counted, show
from parallax.commands.running import progress, run, say

if TYPE_CHECKING:
    from uuid import UUID

    from parallax.apps.loaders import AppKey
    from parallax.db import Database

app = App(name="app", help="Make, list, change, link and delete a client's apps.", help_format="plaintext")
Which = Annotated[AppId, Parameter(help="UUID or global id of the app.")]
Whose = Annotated[ClientId | None, Parameter(help="The app's client: where several clients have an app of this UUID.")]


@app.command
def create(
    *,
    client: Annotated[ClientId, Parameter(help="UUID or global id of the client that it belongs to.")],
    name: Annotated[str, Parameter(help="1 to 200 characters.")],
    id: Annotated[Uuid | None, Parameter(help="A UUID that you know the app by already; absent: a new one.")] = None,
) -> None:
    """Make an app and print its UUID, on the last line.

    Example: parallax app create --client 018f0000-0000-7000-8000-000000000001 --name Notes

    Exit codes: 0 done, 1 failed or refused (such as an id that the client has given already), 2 wrong usage.
    """
    from datetime import UTC, datetime

    from parallax.apps.setup import create_app

    async def verb(db: "Database") -> None:
        made = await create_app(db, client, name, datetime.now(UTC), id)
        say(f"Made the app {made.name}.")
        print(made.key.id)

    run(verb)


@app.command(name="list")
def list_(
    *,
    client: Annotated[ClientId, Parameter(help="UUID or global id of the client.")],
    as_json: Json = False,
) -> None:
    """List a client's apps by name: id, name.

    Example: parallax app list --client 018f0000-0000-7000-8000-000000000001

    Exit codes: 0 done, 1 failed or no such client, 2 wrong usage.
    """
    from parallax.apps.setup import all_apps
    from parallax.clients.setup import client_by_id

    async def verb(db: "Database") -> None:
        await client_by_id(db, client)
        rows = [{"id": each.key.id, "name": each.name} for each in await all_apps(db, client)]
        show(("id", "name"), rows, as_json=as_json)

    run(verb)


@app.command
def update(
    id: Which,
    *,
    name: Annotated[str, Parameter(help="Its new name.")],
    client: Whose = None,
) -> None:
    """Change an app's name.

    Example: parallax app update 018f0000-0000-7000-8000-0000000000a1 --name "Notes Pro"

    Exit codes: 0 done, 1 failed or refused, 2 wrong usage.
    """
    from datetime import UTC, datetime

    from parallax.apps.setup import update_app

    async def verb(db: "Database") -> None:
        changed = await update_app(db, await key_of(db, id, client), datetime.now(UTC), name)
        say(f"The app is {changed.name}.")
        print(changed.key.id)

    run(verb)


@app.command(validator=sure)
def delete(
    id: Which,
    *,
    client: Whose = None,
    yes: Yes = False,  # noqa: ARG001 - for the validator
) -> None:
    """Delete an app for good, with all of its reports; its events and its users stay the client's.

    From the first moment nobody sees it any more; the rows go in batches. Interrupted, it is taken up again by the same
    command.

    Example: parallax app delete 018f0000-0000-7000-8000-0000000000a1 --yes

    Exit codes: 0 done, 1 failed or refused, 2 wrong usage.
    """
    from datetime import UTC, datetime

    from parallax.apps.setup import delete_app

    async def verb(db: "Database") -> None:
        with progress("Deleting", "reports") as told:
            gone = await delete_app(db, await key_of(db, id, client), datetime.now(UTC), told)
        say(f"Deleted the app {gone.name or id.id}: {counted(gone.reports, 'report')}.")

    run(verb)


async def key_of(db: "Database", named: NamedApp, client: "UUID | None") -> "AppKey":
    from parallax.apps.setup import app_by_uuid

    return await app_by_uuid(db, named.id, named.client or client)
