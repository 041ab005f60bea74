"""`parallax vendor …`: who a client is to its vendors."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from parallax.commands.arguments import ClientId, Json, Vendor
from parallax.commands.listing import show
from parallax.commands.running import FAILED, run, say
from parallax.metrics.catalog import SourceSystem

if TYPE_CHECKING:
    from parallax.db import Database
    from parallax.settings import Settings
    from parallax.sources.checking import Checked
    from parallax.vendors.credentials import Credentials

app = App(name="vendor", help="Connect the vendors of clients, and try whether they answer.", help_format="plaintext")
Which = Annotated[ClientId, Parameter(help="UUID or global id of the client.")]
System = Annotated[Vendor, Parameter(help="sensor-tower, kore-ai or kaon.")]


def _host_of_kore_ai(
    *, system: SourceSystem | None = None, host: str | None = None, client_id: str | None = None, **_: object
) -> None:
    named = host is not None or client_id is not None
    if named and system is not SourceSystem.KORE_AI:
        raise ValueError("--host and --client-id are for --system kore-ai")
    if system is SourceSystem.KORE_AI and (host is None or client_id is None):
        raise ValueError("--system kore-ai needs --host and --client-id")


@app.command(validator=_host_of_kore_ai)
def connect(
    client: Which,
    *,
    system: System,
    host: Annotated[str | None, Parameter(help="Of Kore.ai: the environment, as platform.kore.ai.")] = None,
    client_id: Annotated[str | None, Parameter(help="Of Kore.ai: the API app's client id, cs-….")] = None,
) -> None:
    """Keep a client's credentials for a vendor, in place of those before. They are stored sealed.

    The secret itself (Sensor Tower's token, Kore.ai's client secret, Kaon's API key) is read from the environment
    (PARALLAX_SENSOR_TOWER_AUTH_TOKEN, PARALLAX_KORE_AI_CLIENT_SECRET, PARALLAX_KAON_API_KEY), else from standard input.

    Example: parallax vendor connect 018f0000-0000-7000-8000-000000000001 --system kaon < kaon.key

    Exit codes: 0 done, 1 failed or refused, 2 wrong usage.
    """
    from datetime import UTC, datetime

    from parallax.access.viewer import COMMAND_LINE
    from parallax.sources.setup import connect
    from parallax.vendors.credentials import LABELS

    async def verb(db: "Database") -> None:
        await connect(db, client, system, _given(db.settings, system, host, client_id), COMMAND_LINE, datetime.now(UTC))
        say(f"Connected {LABELS[system]}.")

    run(verb)


@app.command
def disconnect(client: Which, *, system: System) -> None:
    """Forget a client's credentials for a vendor. Those of a link stay with it.

    Example: parallax vendor disconnect 018f0000-0000-7000-8000-000000000001 --system kaon

    Exit codes: 0 done, 1 failed or no such client, 2 wrong usage.
    """
    from parallax.clients.setup import client_by_id
    from parallax.sources.setup import disconnect
    from parallax.vendors.credentials import LABELS

    async def verb(db: "Database") -> None:
        await client_by_id(db, client)
        held = await disconnect(db, client, system)
        say(f"Disconnected {LABELS[system]}." if held else f"{LABELS[system]} was not connected.")

    run(verb)


@app.command
def check(
    client: Annotated[ClientId | None, Parameter(help="UUID or global id of the client; absent: all of them.")] = None,
    *,
    system: Annotated[Vendor | None, Parameter(help="sensor-tower, kore-ai or kaon; absent: all three.")] = None,
    as_json: Json = False,
) -> int:
    """Ask each vendor one cheap question with the credentials that there are, and say what came of it.

    Kore.ai and Kaon are asked about an app that is linked. Equal credentials are asked once.

    Example: parallax vendor check 018f0000-0000-7000-8000-000000000001 --system kaon

    Exit codes: 0 done, 1 failed, or a vendor does not take its credentials, 2 wrong usage.
    """
    from datetime import UTC, datetime

    from parallax.clients.setup import all_clients, client_by_id
    from parallax.links.keys import VENDORS
    from parallax.sources.checking import checked

    async def verb(db: "Database") -> "list[Checked]":
        clients = await all_clients(db) if client is None else [await client_by_id(db, client)]
        systems = VENDORS if system is None else (system,)
        names = {each.id: each.name for each in clients}
        found = await checked(db, names, systems, datetime.now(UTC).date())
        return [each for each in found if each.ok is not None or client is not None]

    found = run(verb)
    rows = [
        {
            "state": {True: "ok", False: "BAD", None: "-"}[each.ok],
            "client": each.client,
            "system": each.system.name.lower(),
            "about": each.about,
            "said": each.said,
        }
        for each in found
    ]
    show(("state", "client", "system", "about", "said"), rows, as_json=as_json)
    return FAILED if any(each.ok is False for each in found) else 0


def _given(settings: "Settings", system: SourceSystem, host: str | None, client_id: str | None) -> "Credentials":
    from parallax.commands.secrets import secret_of
    from parallax.vendors import given

    if system is SourceSystem.SENSOR_TOWER:
        return given.sensor_tower("authToken", secret_of("Token", "PARALLAX_SENSOR_TOWER_AUTH_TOKEN"))
    if system is SourceSystem.KAON:
        return given.kaon("apiKey", secret_of("API key", "PARALLAX_KAON_API_KEY"))
    secret = secret_of("Client secret", "PARALLAX_KORE_AI_CLIENT_SECRET")
    return given.kore_ai("", host or "", client_id or "", secret, settings)
