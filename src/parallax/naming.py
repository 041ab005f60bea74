"""How a mutation finds the objects that its caller names. What is missing and what is invisible look the same."""

from uuid import UUID

from parallax.access.viewer import Role
from parallax.apps.loaders import AppKey, AppRecord
from parallax.clients.loaders import ClientRecord
from parallax.context import Context
from parallax.errors import InvalidParameter, NotFound
from parallax.ids import bare_uuid, parse
from parallax.references import client_of


async def client_named(context: Context, text: str, role: Role, what: str, argument: str = "client") -> ClientRecord:
    """The client of a global id or bare UUID. NotFound for one that is not there or not visible, which look the same;
    Forbidden without `role`.
    """
    client: UUID | None = client_of(text)
    record = None if client is None else await context.client.load(client)
    if record is None:
        raise NotFound("There is no such client.", details={argument: text})
    context.viewer.needs(role, record.id, what)
    return record


async def app_named(context: Context, text: str, argument: str = "id") -> AppRecord:
    """The app of a global id or bare UUID. NotFound for one that is not there or not visible, which look the same."""
    bare = bare_uuid(text)
    if bare is not None:
        found = await context.apps_by_uuid.load(bare)
    else:
        key = _key(text)
        record = None if key is None else await context.app.load(key)
        found = [] if record is None else [record]
    if len(found) > 1:
        raise InvalidParameter(argument, text, "is the UUID of apps of several clients; give the app's global id")
    if not found:
        raise NotFound("There is no such app.", details={argument: text})
    return found[0]


def _key(text: str) -> AppKey | None:
    found = parse(text)
    if found is None or found.type_name != "App":
        return None
    app = found.key[0]
    return AppKey(found.client, app) if isinstance(app, UUID) else None
