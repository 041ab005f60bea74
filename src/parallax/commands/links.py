"""`parallax app link …`: what an app is at which vendor; verbs beside those of apps.py."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from parallax.commands.apps import Which, Whose, app, key_of
from parallax.commands.arguments import Json, LinkId
from parallax.commands.listing import show
from parallax.commands.running import run, say
from parallax.links.keys import Store
from parallax.metrics.catalog import SourceSystem

if TYPE_CHECKING:
    from parallax.db import Database

OBJECTS = {
    "sensor_tower_ios": (SourceSystem.SENSOR_TOWER, Store.IOS),
    "sensor_tower_android": (SourceSystem.SENSOR_TOWER, Store.ANDROID),
    "sensor_tower_unified": (SourceSystem.SENSOR_TOWER, Store.UNIFIED),
    "kore_ai": (SourceSystem.KORE_AI, None),
    "kaon": (SourceSystem.KAON, None),
}
LINK_COLUMNS = ("id", "system", "store", "key", "label", "ownKey", "createdAt", "createdBy")


def _one_object(**given: object) -> None:
    named = [name for name in OBJECTS if given.get(name) is not None]
    if len(named) != 1:
        raise ValueError(f"say what it is by exactly one of {', '.join(_flag(name) for name in OBJECTS)}")
    if given.get("own_key") and named != ["kaon"]:
        raise ValueError("--own-key is for --kaon")


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


@app.command(validator=_one_object)
def link(
    id: Which,
    *,
    sensor_tower_ios: Annotated[str | None, Parameter(help="Its id in the App Store, a number.")] = None,
    sensor_tower_android: Annotated[str | None, Parameter(help="Its package name in Google Play.")] = None,
    sensor_tower_unified: Annotated[
        str | None, Parameter(help="Its id over all stores, 24 hexadecimal digits.")
    ] = None,
    kore_ai: Annotated[str | None, Parameter(help="Its stream at Kore.ai, st-….")] = None,
    kaon: Annotated[str | None, Parameter(help="What Kaon calls `client`.")] = None,
    own_key: Annotated[
        bool,
        Parameter(negative=(), show_default=False, help="Read a Kaon API key of its own, from standard input."),
    ] = False,
    label: Annotated[str | None, Parameter(help="What to call the link.")] = None,
    client: Whose = None,
) -> None:
    """Say which object of a vendor an app is, and print the link's id on the last line.

    An app may have 20 links, several of one vendor too. The same again changes nothing.

    Example: parallax app link 018f0000-0000-7000-8000-0000000000a1 --sensor-tower-ios 1500000001

    Exit codes: 0 done, 1 failed or refused, 2 wrong usage.
    """
    from datetime import UTC, datetime

    from parallax.access.viewer import COMMAND_LINE
    from parallax.commands.secrets import secret_of
    from parallax.links.keys import checked_key
    from parallax.links.setup import link_app
    from parallax.vendors import given

    values = (sensor_tower_ios, sensor_tower_android, sensor_tower_unified, kore_ai, kaon)
    [(name, key)] = [(name, key) for name, key in zip(OBJECTS, values, strict=True) if key is not None]

    async def verb(db: "Database") -> None:
        to = checked_key(_flag(name), key, *OBJECTS[name])
        own = given.kaon("--own-key", secret_of("API key")) if own_key else None
        whose = await key_of(db, id, client)
        made = await link_app(db, whose, to, COMMAND_LINE, datetime.now(UTC), label=label, own=own)
        say(f"The app is {made.to.key} of {made.to.system.name}.")
        print(made.key.id)

    run(verb)


@app.command
def links(id: Which, *, client: Whose = None, as_json: Json = False) -> None:
    """List what an app is at which vendor, oldest first: id, system, store, key, label, since when, by whom.

    Example: parallax app links 018f0000-0000-7000-8000-0000000000a1

    Exit codes: 0 done, 1 failed or no such app, 2 wrong usage.
    """
    from parallax.links.setup import links_of

    async def verb(db: "Database") -> None:
        rows = [
            {
                "id": each.key.id,
                "system": each.to.system.name.lower(),
                "store": each.to.store and each.to.store.name.lower(),
                "key": each.to.key,
                "label": each.label,
                "ownKey": each.sealed is not None,
                "createdAt": each.created_at,
                "createdBy": each.created_by,
            }
            for each in await links_of(db, await key_of(db, id, client))
        ]
        show(LINK_COLUMNS, rows, as_json=as_json)

    run(verb)


@app.command
def unlink(
    id: Which,
    link: Annotated[LinkId, Parameter(help="UUID or global id of the link, as `app links` shows it.")],
    *,
    client: Whose = None,
) -> None:
    """Take a link away from an app.

    Example: parallax app unlink 018f0000-0000-7000-8000-0000000000a1 018f0000-0000-7000-8000-00000000001a

    Exit codes: 0 done, 1 failed or no such link, 2 wrong usage.
    """
    from parallax.links.loaders import LinkKey
    from parallax.links.setup import links_of, missing, unlink_app

    async def verb(db: "Database") -> None:
        whose = await key_of(db, id, client)
        if link not in [each.key.id for each in await links_of(db, whose)]:
            raise missing(link)
        await unlink_app(db, LinkKey(whose.client, link))
        say(f"Took away the link {link}.")

    run(verb)
