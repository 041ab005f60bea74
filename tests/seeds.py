"""What every test database holds: small, and full of hard days.

Nordlys (Berlin, daylight saving) has the worked example of rule U in Notes, a quarter of days in Maps that crosses the
clock change, and Silent without a report. Himal (Kathmandu, +05:45) is another tenant. Void has no app at all.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from parallax.access.tokens import hashed
from parallax.access.viewer import Role
from parallax.db import Database
from parallax.engine.ingest import store
from parallax.events.inputs import events_read, logs_read
from parallax.scopes import EVERYBODY, Scope, Statement
from parallax.usage.reports import Report
from parallax.usage.track import track

NORDLYS = UUID("018f0000-0000-7000-8000-000000000001")
HIMAL = UUID("018f0000-0000-7000-8000-000000000002")
VOID = UUID("018f0000-0000-7000-8000-000000000003")
NOTES = UUID("018f0000-0000-7000-8000-0000000000a1")
MAPS = UUID("018f0000-0000-7000-8000-0000000000a2")
SILENT = UUID("018f0000-0000-7000-8000-0000000000a3")
TREK = UUID("018f0000-0000-7000-8000-0000000000b1")

CLIENTS = {NORDLYS: ("Nordlys", "Europe/Berlin"), HIMAL: ("Himal", "Asia/Kathmandu"), VOID: ("Void", "UTC")}
APPS = {NOTES: (NORDLYS, "Notes"), MAPS: (NORDLYS, "Maps"), SILENT: (NORDLYS, "Silent"), TREK: (HIMAL, "Trek")}

VIEWER, EDITOR, ADMIN, STRANGER, BOTH, OPERATOR, EXPIRED, REVOKED, INGEST = (
    f"plx_{name:-<43}"
    for name in ("viewer", "editor", "admin", "stranger", "both", "operator", "expired", "revoked", "ingest")
)
TOKENS: dict[str, dict[UUID, Role]] = {
    VIEWER: {NORDLYS: Role.VIEWER},
    EDITOR: {NORDLYS: Role.EDITOR},
    ADMIN: {NORDLYS: Role.ADMIN},
    STRANGER: {HIMAL: Role.ADMIN},
    BOTH: {NORDLYS: Role.VIEWER, HIMAL: Role.ADMIN},
    OPERATOR: {},
    EXPIRED: {NORDLYS: Role.ADMIN},
    REVOKED: {NORDLYS: Role.ADMIN},
    INGEST: {NORDLYS: Role.EDITOR},
}

MADE_CLIENT = Statement("made_client", "insert into client (id, name, time_zone) values ($1, $2, $3)")
MADE_STATE = Statement("made_state", "insert into client_state (client_id) values ($1)")
MADE_APP = Statement("made_app", "insert into app (client_id, id, name) values ($1, $2, $3)")
MADE_TOKEN = Statement(
    "made_token",
    """insert into api_token (id, name, secret_hash, is_operator, ingest_only, created_at, expires_at, revoked_at)
       values ($1, $2, $3, $4, $2 = 'ingest', '2026-01-01Z', case when $2 = 'expired' then '2026-02-01Z'::timestamptz end,
               case when $2 = 'revoked' then '2026-02-01Z'::timestamptz end)""",
)
MADE_GRANT = Statement("made_grant", "insert into api_token_grant (client_id, token_id, role) values ($1, $2, $3)")


def notes_reports() -> list[Report]:
    """The worked example of U: 2 March ada and bob, 4 March ada with 0 ms."""
    return [
        Report(0, NOTES, "ada", date(2026, 3, 2), 3_600_000, 2),
        Report(1, NOTES, "bob", date(2026, 3, 2), 1_800_000, 1),
        Report(2, NOTES, "ada", date(2026, 3, 4), 0, 1),
    ]


def maps_reports() -> list[Report]:
    """90 days to 31 March 2026 but Sundays: on day n the users n to n + n % 5, each with n seconds and one session."""
    first = date(2026, 1, 1)
    days = (first + timedelta(days=n) for n in range(90))
    return [
        Report(0, MAPS, f"user-{n + k}", day, n * 1000, 1)
        for n, day in enumerate(days)
        if day.weekday() != 6
        for k in range(n % 5 + 1)
    ]


def trek_reports() -> list[Report]:
    return [Report(0, TREK, "ada", date(2026, 3, day), 1000, 1) for day in (2, 3)]


async def seed(db: Database) -> None:
    """Fills a migrated database."""
    async with db.writing(Scope(frozenset(CLIENTS), every=False)) as transaction:
        for client, (name, zone) in CLIENTS.items():
            await transaction.run(MADE_CLIENT, client, name, zone)
            await transaction.run(MADE_STATE, client)
        for app, (client, name) in APPS.items():
            await transaction.run(MADE_APP, client, app, name)
    async with db.writing(EVERYBODY) as transaction:
        for number, secret in enumerate(TOKENS):
            await transaction.run(
                MADE_TOKEN, UUID(int=number + 1), token_name(secret), hashed(secret), secret == OPERATOR
            )
    async with db.writing(Scope(frozenset(CLIENTS))) as transaction:
        for number, grants in enumerate(TOKENS.values()):
            for client, role in grants.items():
                await transaction.run(MADE_GRANT, client, UUID(int=number + 1), role.value)
    await track(db, Scope.of(NORDLYS), NORDLYS, notes_reports() + maps_reports())
    await track(db, Scope.of(HIMAL), HIMAL, trek_reports())


def token_name(secret: str) -> str:
    return secret.removeprefix("plx_").rstrip("-")


# ---------------------------------------------------------------- events


def worked_event(
    day: str, user: str, name: str, session: str, app: str | None = None, **properties: Any
) -> dict[str, Any]:
    at = datetime.fromisoformat(f"2026-03-{day}:00+01:00")
    sent = {"name": name, "at": at.isoformat(), "user": user, "session": session, "properties": properties}
    return sent if app is None else {**sent, "app": app}


EVENTS = [
    worked_event("02T09:00", "ada", "open", "s1", country="NO"),
    worked_event("02T09:10", "ada", "signup", "s1", country="NO", plan="free"),
    worked_event("02T23:50", "bob", "open", "s2", country="SE"),
    worked_event("03T00:20", "bob", "signup", "s2", country="SE", plan="pro"),
    worked_event("03T08:00", "ada", "pay", "s3", country="NO", amount=10),
    worked_event("04T12:00", "cyd", "open", "s4", str(NOTES)),
    worked_event("10T10:00", "ada", "open", "s5", country="NO"),
    worked_event("11T10:00", "bob", "pay", "s6", country="SE", amount="25"),
    worked_event("11T10:05", "bob", "pay", "s6", country="SE", amount=5),
]
LOGS = [
    {"at": "2026-03-04T09:00:00+01:00", "level": "ERROR", "service": "api", "message": "no", "user": "ada"},
    {"at": "2026-03-05T09:00:00+01:00", "level": "INFO", "service": "api", "message": "yes"},
]
NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)


async def seed_events(db: Database) -> None:
    """Events and logs of Nordlys, those of the worked examples but one, waiting to be folded."""
    await store(db, Scope.of(NORDLYS), NORDLYS, events_read(NORDLYS, EVENTS, NOW))
    await store(db, Scope.of(NORDLYS), NORDLYS, logs_read(NORDLYS, LOGS, NOW))
