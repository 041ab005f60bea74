"""The places of rows, and of what is sent, that take a text or a number: an operation with the variable `x` there."""

from parallax.ids import NO_APP, GlobalId, encode
from tests.hostile.series import CUT, client
from tests.seeds import NORDLYS

ERRORS = "userErrors { code field message }"
PAGE = "{ pageInfo { hasNextPage endCursor } }"
USER = encode(GlobalId("User", NORDLYS, (1,)))
SESSION = encode(GlobalId("Session", NORDLYS, (1, NO_APP)))
AT = 'at: "2026-03-04T10:00:00Z"'


def page(field: str, arguments: str, kind: str = "String") -> str:
    return client(kind, f"{field}({CUT}, {arguments}) {PAGE}")


def below(type_name: str, field: str, arguments: str, kind: str = "String") -> str:
    """A list of one user or one session."""
    id = {"User": USER, "Session": SESSION}[type_name]
    return f'($x: {kind}) {{ node(id: "{id}") {{ ... on {type_name} {{ {field}({arguments}) {PAGE} }} }} }}'


def sent(stream: str, field: str, kind: str) -> str:
    """eventsTrack or logsTrack of one row with the value in that field of it."""
    row = {"events": 'name: "hostile"', "logs": 'message: "hostile"'}[stream]
    rest = ", ".join(each for each in (row, AT) if not each.startswith(f"{field}:"))
    return (
        f'mutation($x: {kind}) {{ {stream}Track(client: "{NORDLYS}", {stream}: [{{ {field}: $x, {rest} }}]) '
        f"{{ accepted rejected {{ code field message }} {ERRORS} }} }}"
    )


def declared(row: str, kind: str) -> str:
    return (
        f'mutation($x: {kind}) {{ usersIdentify(client: "{NORDLYS}", users: [{{ {row} }}]) '
        f"{{ accepted rejected {{ code field message }} {ERRORS} }} }}"
    )


def followed(arguments: str, kind: str, field: str = "eventReceived") -> str:
    """Always refused, if not for `x` then for its client: what is not refused does not end."""
    return f"subscription($x: {kind}) {{ {field}({arguments}) {{ id }} }}"


PLACES = {
    "Client.user.id": client("ID!", "user(id: $x) { externalId }"),
    "Analytics.events.event": page("events", "event: $x"),
    "Analytics.activeUsers.event": page("activeUsers", "event: $x"),
    "Analytics.users.search": page("users", "search: $x"),
    **{f"Analytics.logs.{name}": page("logs", f"{name}: $x") for name in ("service", "source", "search")},
    **{
        f"Analytics.{field}.after": page(field, "after: $x")
        for field in ("events", "sessions", "logs", "users", "activeUsers")
    },
    "User.events.after": below("User", "events", "after: $x"),
    "User.sessions.after": below("User", "sessions", "after: $x"),
    "Session.events.after": below("Session", "events", "after: $x"),
    **{
        f"{name}Input.{field}": sent(stream, field, kind)
        for name, stream, kinds in (
            ("Event", "events", {"name": "String!"}),
            ("Log", "logs", {"message": "String!", "service": "String", "source": "String"}),
        )
        for field, kind in {
            "id": "String",
            "at": "DateTime",
            "user": "String",
            "session": "String",
            "app": "ID",
            **kinds,
        }.items()
    },
    "UserIdentifyInput.id": declared('id: $x, traits: {a: "b"}', "String!"),
    "UserIdentifyInput.aliases": declared('id: "a hostile one", aliases: [$x]', "String!"),
    "Mutation.usersErase.users": (
        f'mutation($x: String!) {{ usersErase(client: "{NORDLYS}", users: [$x]) {{ erased unknown {ERRORS} }} }}'
    ),
    **{
        f"Mutation.{field}.client": f"mutation($x: ID!) {{ {field}(client: $x, {rows}: []) {{ {ERRORS} }} }}"
        for field, rows in (
            ("eventsTrack", "events"),
            ("logsTrack", "logs"),
            ("usersIdentify", "users"),
            ("usersErase", "users"),
        )
    },
    "Subscription.eventReceived.client": followed('client: $x, app: "none"', "ID!"),
    "Subscription.eventReceived.app": followed(f'client: "{NORDLYS}", app: $x', "ID!"),
    "Subscription.eventReceived.event": followed('client: "none", event: $x', "String"),
    "Subscription.logReceived.client": followed('client: $x, app: "none"', "ID!", "logReceived"),
    "Subscription.logReceived.app": followed(f'client: "{NORDLYS}", app: $x', "ID!", "logReceived"),
    "Subscription.logReceived.service": followed('client: "none", service: $x', "String", "logReceived"),
}

NUMBERS = {
    **{
        f"Analytics.{field}.first": page(field, "first: $x", "Int")
        for field in ("events", "sessions", "logs", "users", "activeUsers")
    },
    "User.events.first": below("User", "events", "first: $x", "Int"),
    "User.sessions.first": below("User", "sessions", "first: $x", "Int"),
    "Session.events.first": below("Session", "events", "first: $x", "Int"),
}
