"""Clients and tokens are made, changed and deleted: whole, or not at all."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from parallax.access.tokens import Tokens
from parallax.access.viewer import Role
from parallax.clients.setup import all_clients, client_by_id, create_client, delete_client, update_client
from parallax.clients.tokens import create_operator, create_token, list_tokens, revoke_token
from parallax.clients.zones import checked_zone, zones
from parallax.db import Database
from parallax.engine.fold import fold
from parallax.errors import Conflict, InvalidParameter, NotFound, Unauthenticated
from parallax.installation import Urls
from parallax.names import checked_name
from parallax.scopes import Scope
from parallax.settings import Settings
from parallax.usage.reports import Report
from parallax.usage.track import track
from tests.clusters import Cluster
from tests.plainly import everything, plainly, rows_of_client
from tests.seeds import ADMIN, BOTH, HIMAL, NORDLYS, NOTES, STRANGER, TREK, VIEWER, seed_events

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)


@pytest.fixture
async def db(own_urls: Urls, settings: Settings) -> AsyncIterator[Database]:
    async with Database(settings, own_urls.reading, own_urls.writing) as db:
        yield db


# ---------------------------------------------------------------- names and zones
@pytest.mark.parametrize("name", ["Nordlys", "  Nordlys\n", "नेपाल", "🦊", "x" * 200, 'O\'Neill "& Sons" <b>; --'])
def test_a_name_is_kept_without_the_blanks_around_it(name: str) -> None:
    assert checked_name(name) == name.strip()


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\0b", "a\nb", "a\u2028b", "a\x7fb", "\ud800", None, 7])
def test_a_name_that_cannot_be_shown_in_one_line_is_refused(name: object) -> None:
    with pytest.raises(InvalidParameter, match="name: ") as refused:
        checked_name(name)
    assert refused.value.message.isprintable()


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu", "UTC", "US/Pacific", "Etc/GMT+3"])
def test_every_name_of_iana_is_a_zone_aliases_included(zone: str) -> None:
    assert checked_zone(zone) == zone


@pytest.mark.parametrize(
    "zone",
    ["", "localtime", "posixrules", "Factory", "europe/berlin", "/usr/share/zoneinfo/UTC", "../UTC", "UTC\0", "\ud800",
     "CEST", "+01:00", "posix/Europe/Berlin", "x" * 10_000],
)  # fmt: skip
def test_what_is_no_zone_of_iana_is_refused(zone: str) -> None:
    with pytest.raises(InvalidParameter, match="timeZone: ") as refused:
        checked_zone(zone)
    assert len(refused.value.message) < 400


@pytest.mark.parametrize(
    ("zone", "meant"),
    [("berlin", "Europe/Berlin"), ("Europe/Berln", "Europe/Berlin"), ("asia/kathmandu", "Asia/Kathmandu"),
     ("Sao Paulo", "America/Sao_Paulo")],
)  # fmt: skip
def test_a_mistyped_zone_is_told_what_it_may_have_meant(zone: str, meant: str) -> None:
    with pytest.raises(InvalidParameter, match=meant):
        checked_zone(zone)


async def test_postgresql_knows_the_zones_too(cluster: Cluster, own_urls: Urls) -> None:
    async with plainly(cluster, own_urls) as superuser:
        known = {row["name"] for row in await superuser.rows("select name from pg_timezone_names")}
    assert len(zones() & known) > 0.95 * len(zones())


# ---------------------------------------------------------------- clients
async def test_a_new_client_may_be_written_to_at_once(db: Database) -> None:
    made = await create_client(db, " Fjell ", "Europe/Oslo", NOW)

    assert made.name == "Fjell"
    assert await client_by_id(db, made.id) == made
    tracked = await track(db, Scope.of(made.id), made.id, [Report(0, NOTES, "ada", date(2026, 3, 2), 1, 1)])
    assert [row.field for row in tracked.rejected] == ["app"]  # it has no app yet, but a writer's place


async def test_an_id_is_given_to_one_client_only(db: Database) -> None:
    with pytest.raises(Conflict, match=str(NORDLYS)):
        await create_client(db, "Another", "UTC", NOW, chosen_id=NORDLYS)
    assert (await client_by_id(db, NORDLYS)).name == "Nordlys"


async def test_what_an_update_leaves_out_stays(db: Database) -> None:
    assert await update_client(db, NORDLYS, NOW, name="Nord") == (NORDLYS, "Nord", "Europe/Berlin")
    assert await update_client(db, NORDLYS, NOW, time_zone="Asia/Tokyo") == (NORDLYS, "Nord", "Asia/Tokyo")
    with pytest.raises(NotFound):
        await update_client(db, uuid4(), NOW, name="Nobody")


async def test_clients_are_listed_by_code_point_whatever_the_locale(db: Database) -> None:
    for name in ("Zebra", "apple", "Ängelholm", "Éclair"):
        await create_client(db, name, "UTC", NOW)

    names = [client.name for client in await all_clients(db)]

    assert names == sorted(names)
    assert len(names) == 7


# ---------------------------------------------------------------- deletion
async def test_a_deleted_client_leaves_nothing_and_the_others_whole(
    db: Database, cluster: Cluster, own_urls: Urls
) -> None:
    await seed_events(db)
    await fold(db, NORDLYS)
    await seed_events(db)  # duplicates all, but for those without an id
    async with plainly(cluster, own_urls) as superuser:
        before, himal = await everything(superuser), await rows_of_client(superuser, HIMAL)
        held = await rows_of_client(superuser, NORDLYS)
        assert held.keys() >= {"event_tail", "event_segment", "event_day", "session_block", "event_name"}
        gone = await delete_client(db, NORDLYS, NOW)

        assert gone.name == "Nordlys"
        assert await rows_of_client(superuser, NORDLYS) == {}
        after = await everything(superuser)
        assert await rows_of_client(superuser, HIMAL) == himal
    # Five tokens opened nothing else, one of Himal's and the operator's stay.
    names = {token.name for token in await list_tokens(db)}
    assert names == {"stranger", "both", "operator"}
    assert after["client"] == before["client"] - 1
    assert (await Tokens(db).viewer(BOTH, NOW)).roles == {HIMAL: Role.ADMIN}
    with pytest.raises(Unauthenticated):
        await Tokens(db).viewer(VIEWER, NOW)
    with pytest.raises(NotFound, match=str(NORDLYS)):
        await delete_client(db, NORDLYS, NOW)


class Killed(Exception):
    """Stands for the end of the process: it comes where the deletion tells how far it is."""


async def test_a_deletion_that_was_killed_shows_no_half_and_is_taken_up_again(
    db: Database, cluster: Cluster, own_urls: Urls
) -> None:
    first = date(2026, 1, 1)
    many = [Report(0, NOTES, f"user-{n % 9_000}", first + timedelta(days=n // 9_000), n, 1) for n in range(27_000)]
    await track(db, Scope.of(NORDLYS), NORDLYS, many)
    told: list[tuple[int, int | None]] = []

    def killed(done: int, total: int | None) -> None:
        told.append((done, total))
        if len(told) == 2:  # within Notes or behind it: some rows are gone, most are left
            raise Killed

    with pytest.raises(Killed):
        await delete_client(db, NORDLYS, NOW, killed)

    async with plainly(cluster, own_urls) as superuser:
        left = await rows_of_client(superuser, NORDLYS)
        assert left["actor"] > 9_000
        assert "client" not in left
        assert "app" not in left
    assert NORDLYS not in [client.id for client in await all_clients(db)]
    with pytest.raises(Unauthenticated):
        await Tokens(db).viewer(ADMIN, NOW)
    with pytest.raises(NotFound):
        await track(db, Scope.of(NORDLYS), NORDLYS, many[:1])
    with pytest.raises(Conflict, match="still being deleted"):
        await create_client(db, "Nordlys", "UTC", NOW, chosen_id=NORDLYS)

    rest: list[tuple[int, int | None]] = []
    again = await delete_client(db, NORDLYS, NOW, lambda done, total: rest.append((done, total)))

    assert again.name is None
    assert rest[-1][0] == rest[-1][1] == again.rows
    assert told[-1][0] + again.rows >= 27_000
    async with plainly(cluster, own_urls) as superuser:
        assert await rows_of_client(superuser, NORDLYS) == {}
    assert (await create_client(db, "Nordlys", "UTC", NOW, chosen_id=NORDLYS)).id == NORDLYS


# ---------------------------------------------------------------- tokens
async def test_a_token_opens_its_clients_with_its_role(db: Database) -> None:
    made = await create_token(db, {NORDLYS: Role.EDITOR, HIMAL: Role.EDITOR}, "loader", NOW)

    viewer = await Tokens(db).viewer(made.secret, NOW)

    assert viewer.roles == {NORDLYS: Role.EDITOR, HIMAL: Role.EDITOR}
    assert not viewer.is_operator


async def test_a_secret_is_stored_nowhere(db: Database, cluster: Cluster, own_urls: Urls) -> None:
    made = await create_operator(db, "op", NOW)

    assert (await Tokens(db).viewer(made.secret, NOW)).is_operator
    async with plainly(cluster, own_urls) as superuser:
        [row] = await superuser.rows("select api_token::text as all_of_it from api_token where id = $1", made.id)
    assert made.secret not in row["all_of_it"]
    assert made.secret.removeprefix("plx_").encode().hex() not in row["all_of_it"]


async def test_a_token_for_a_client_that_is_not_there_is_no_token(
    db: Database, cluster: Cluster, own_urls: Urls
) -> None:
    nobody = UUID(int=7)
    async with plainly(cluster, own_urls) as superuser:
        before = await everything(superuser)
        with pytest.raises(NotFound, match=str(nobody)):
            await create_token(db, {NORDLYS: Role.VIEWER, nobody: Role.VIEWER}, "half", NOW)
        with pytest.raises(InvalidParameter, match="client: "):
            await create_token(db, {}, "none", NOW)
        assert await everything(superuser) == before


@pytest.mark.parametrize("late", [timedelta(0), timedelta(days=-1)])
async def test_a_token_cannot_have_expired_when_it_is_made(db: Database, late: timedelta) -> None:
    with pytest.raises(InvalidParameter, match="expiresAt: "):
        await create_token(db, {NORDLYS: Role.VIEWER}, "late", NOW, NOW + late)
    made = await create_token(db, {NORDLYS: Role.VIEWER}, "in time", NOW, NOW + timedelta(seconds=1))
    await Tokens(db).viewer(made.secret, NOW)
    with pytest.raises(Unauthenticated):
        await Tokens(db).viewer(made.secret, NOW + timedelta(seconds=1))


async def test_revoking_again_keeps_the_first_time(db: Database) -> None:
    made = await create_token(db, {NORDLYS: Role.VIEWER}, "short", NOW)
    await revoke_token(db, made.id, NOW)
    await revoke_token(db, made.id, NOW + timedelta(days=1))

    [token] = [token for token in await list_tokens(db, NORDLYS) if token.id == made.id]

    assert token.revoked_at == NOW
    with pytest.raises(NotFound):
        await revoke_token(db, uuid4(), NOW)


async def test_a_token_revoked_for_one_client_opens_the_others(db: Database) -> None:
    made = await create_token(db, {NORDLYS: Role.ADMIN, HIMAL: Role.VIEWER}, "wide", NOW)

    await revoke_token(db, made.id, NOW, [NORDLYS])
    assert (await Tokens(db).viewer(made.secret, NOW)).roles == {HIMAL: Role.VIEWER}

    await revoke_token(db, made.id, NOW, [HIMAL])
    with pytest.raises(Unauthenticated):
        await Tokens(db).viewer(made.secret, NOW)
    with pytest.raises(NotFound):
        await revoke_token(db, made.id, NOW, [TREK])
    await Tokens(db).viewer(STRANGER, NOW)
