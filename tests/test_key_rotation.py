"""PARALLAX_SECRET_KEY is changed: nothing that was sealed is lost, nothing is silently empty, and the old key opens nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from parallax.db import Database, Owner
from parallax.errors import SetupError
from parallax.installation import Urls, prepare
from parallax.metrics.catalog import SourceSystem
from parallax.migrations import Roles
from parallax.scopes import EVERYBODY, Statement
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.gateways import Gateway, running
from tests.seeds import ADMIN, NORDLYS, NOTES, VIEWER, seed
from tests.sources.accounts import account_of, secrets_of
from tests.test_migrations import followed, granted_little
from tests.verbs import around, run

OLD, NEW = "the key of yesterday", "the key of tomorrow"
KAON = SourceSystem.KAON
CONNECT = """mutation($client: ID!, $app: ID!) {
  vendorConnect(input: {client: $client, credentials: {kaon: {apiKey: "kaon-key-of-nordlys"}}}) { userErrors { code } }
  appLink(input: {app: $app, to: {kaon: {clientKey: "acme", apiKey: "own-key-of-notes"}}}) { userErrors { code } } }"""
ASKED = "{ clients { nodes { name apps { nodes { name links { key hasOwnCredentials } } } } } }"
HEALTH = 'query($client: ID!) { client(id: $client) { name source(name: "kaon") { health { state message } } } }'
COUNT = Statement("clients", "select from client")


class Installation:
    """One of its own, for its roles' passwords change: `keyed` are its settings with other keys."""

    def __init__(self, settings: Settings, owner_url: str, superuser: Owner) -> None:
        self._settings, self._owner_url, self.superuser = settings, owner_url, superuser

    def keyed(self, *keys: str, **more: Any) -> tuple[Settings, Urls]:
        settings = Settings(**{**self._settings.model_dump(), "secret_key": ",".join(keys), **more})
        return settings, Urls(self._owner_url, *Roles.of(settings).urls(self._owner_url))

    async def sealed(self) -> list[bytes]:
        rows = await self.superuser.rows(
            "select sealed from parallax.vendor_credential union all select sealed from parallax.app_link"
        )
        return [row["sealed"] for row in rows]


@pytest.fixture
async def installation(settings: Settings, cluster: Cluster) -> AsyncIterator[Installation]:
    """Set up with the old key, with a vendor connected and a link that has a key of its own."""
    async with granted_little(cluster, "createrole") as (superuser, url, prefix):
        own = Installation(settings.model_copy(update={"role_prefix": prefix}), url, superuser)
        old, urls = own.keyed(OLD)
        await followed(old, urls, superuser)
        async with Database(old, urls.reading, urls.writing) as db:
            await seed(db)
        async with running(old, urls) as gateway:
            await connected(gateway)
        yield own


async def connected(gateway: Gateway) -> None:
    answer = await gateway.ask(CONNECT, token=ADMIN, client=str(NORDLYS), app=str(NOTES))
    assert [payload["userErrors"] for payload in answer.data.values()] == [[], []]


async def opens(installation: Installation, *keys: str) -> bool:
    settings, urls = installation.keyed(*keys)
    account = await account_of(settings, urls, NORDLYS, KAON)
    assert account is not None
    return account.problem is None and secrets_of(account) == {"apikey": "kaon-key-of-nordlys"}


@asynccontextmanager
async def serving(installation: Installation, *keys: str) -> AsyncIterator[Gateway]:
    settings, urls = installation.keyed(*keys)
    async with running(settings, urls) as gateway:
        yield gateway


async def test_a_new_key_takes_over_and_the_old_one_may_be_dropped(installation: Installation) -> None:
    async with serving(installation, OLD) as gateway:
        before = (await gateway.ask(ASKED, token=VIEWER)).data
    sealed = await installation.sealed()

    assert await prepare(*installation.keyed(NEW, OLD)) == []

    async with serving(installation, NEW) as gateway:
        assert (await gateway.ask(ASKED, token=VIEWER)).data == before
    assert await opens(installation, NEW)
    assert not set(sealed) & set(await installation.sealed())
    with pytest.raises(SetupError, match="another PARALLAX_SECRET_KEY"):
        await prepare(*installation.keyed(OLD))
    assert await prepare(*installation.keyed(NEW)) == []
    assert await opens(installation, NEW)


async def test_a_gateway_with_the_old_key_answers_until_a_migration_without_it(installation: Installation) -> None:
    """Never with empty lists: what it asks before is answered, and afterwards it finds no way in."""
    old, urls = installation.keyed(OLD)
    async with Database(old, urls.reading, urls.writing) as db:
        assert len(await db.rows(EVERYBODY, COUNT)) == 3
        await prepare(*installation.keyed(NEW, OLD))
        assert len(await db.rows(EVERYBODY, COUNT)) == 3
        assert await installation.superuser.value("select earlier is not null from parallax_private.signing")

        await prepare(*installation.keyed(NEW))

        assert await installation.superuser.value("select earlier is null from parallax_private.signing")
        assert await db.rows(EVERYBODY, COUNT) == []


async def test_both_keys_serve_while_the_database_knows_either(installation: Installation) -> None:
    """A fleet is moved one by one, also back again."""
    for keys in ((NEW, OLD), (OLD, NEW), (OLD,)):
        assert await prepare(*installation.keyed(*keys)) == []
        assert await opens(installation, *keys)


async def test_what_a_gateway_with_the_old_key_seals_meanwhile_is_sealed_anew_at_the_next_start(
    installation: Installation,
) -> None:
    async with serving(installation, OLD) as gateway:
        await connected(gateway)
        await prepare(*installation.keyed(NEW, OLD))
        await connected(gateway)
        assert not await opens(installation, NEW)

        await prepare(*installation.keyed(NEW, OLD))

    assert await opens(installation, NEW)
    settled = await installation.sealed()
    await prepare(*installation.keyed(NEW, OLD))
    assert await installation.sealed() == settled


async def test_without_migrations_a_new_first_key_is_told_to_migrate(installation: Installation) -> None:
    settings, _ = installation.keyed(NEW, OLD, migrate="off")
    _, urls = installation.keyed(OLD)
    with pytest.raises(SetupError, match="does not know the first of the keys"):
        await prepare(settings, urls)


async def test_credentials_that_no_key_opens_are_told_and_left_alone(
    installation: Installation, tmp_path: Path
) -> None:
    """As after a key was lost and replaced: what hangs on them fails, the rest is answered."""
    sealed = await installation.sealed()
    settings, urls = installation.keyed(NEW)
    await installation.superuser.script("delete from parallax_private.signing")
    assert await prepare(settings, urls) == []

    assert not await opens(installation, NEW)
    assert await installation.sealed() == sealed
    async with running(settings, urls) as gateway:
        client = (await gateway.ask(HEALTH, token=VIEWER, client=str(NORDLYS))).data["client"]
    assert client["name"] == "Nordlys"
    assert client["source"]["health"]["state"] == "DOWN"
    assert "cannot be opened with this key" in client["source"]["health"]["message"]

    assert urls.owner is not None
    given = {
        "DATABASE_URL": urls.owner,
        "PARALLAX_DATA_DIR": str(tmp_path),
        "PARALLAX_ROLE_PREFIX": settings.role_prefix,
    }
    done = run("doctor", env=around(PARALLAX_SECRET_KEY=NEW, **given))
    assert f"2 cannot be opened with this PARALLAX_SECRET_KEY (the first is of client {NORDLYS}, for KAON)" in done.out
    await prepare(*installation.keyed(NEW, OLD))
    assert await opens(installation, NEW)
    assert "ok  credentials of vendors: all open" in run("doctor", env=around(PARALLAX_SECRET_KEY=NEW, **given)).out


@pytest.mark.parametrize("given", ["short", f"{NEW},short", f"{NEW},", f",{OLD}"])
def test_each_of_several_keys_is_long_enough(given: str) -> None:
    with pytest.raises(SetupError, match="shorter than 16 characters"):
        _ = Settings(secret_key=given).secrets


def test_keys_stand_apart_by_comma_with_or_without_blanks() -> None:
    assert Settings(secret_key=f" {NEW} , {OLD}").secrets == (NEW.encode(), OLD.encode())
    assert Settings(secret_key=NEW).derived("scope") == Settings(secret_key=f"{NEW},{OLD}").derived("scope")
