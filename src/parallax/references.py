"""How callers name a client, an app or a user: by global id or by the id that the outside world knows. Pure."""

from uuid import UUID

from parallax.ids import bare_uuid, parse


def client_of(text: str) -> UUID | None:
    """The client of its global id or bare UUID; None for anything else."""
    bare = bare_uuid(text)
    if bare is not None:
        return bare
    found = parse(text)
    return found.client if found is not None and found.type_name == "Client" else None


def app_of(text: str, client: UUID) -> UUID | None:
    """The app of its global id or bare UUID; None for anything else, and for a global id of another client's app."""
    bare = bare_uuid(text)
    if bare is not None:
        return bare
    found = parse(text)
    if found is None or found.type_name != "App" or found.client != client:
        return None
    app = found.key[0]
    return app if isinstance(app, UUID) else None


def actor_of(text: str, client: UUID) -> int | None:
    """The actor of a User's global id; None for a text that is none of this client, as the client's own ids are."""
    found = parse(text)
    if found is None or found.type_name != "User" or found.client != client:
        return None
    actor = found.key[0]
    return actor if isinstance(actor, int) else None
