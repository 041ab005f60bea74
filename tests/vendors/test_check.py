"""`parallax vendor check`: each credential asks its vendor one cheap question, and what came of it is told without it."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from parallax.access.viewer import COMMAND_LINE
from parallax.db import Database
from parallax.installation import Urls
from parallax.links.keys import checked_key
from parallax.links.setup import link_app
from parallax.metrics.catalog import SourceSystem
from parallax.sandbox.accounts import KAON, KORE_AI, SENSOR_TOWER
from parallax.sandbox.faults import Fault, Kind
from parallax.sandbox.products import PRODUCTS
from parallax.sandbox.server import Sandbox
from parallax.settings import Settings
from parallax.sources.setup import connect
from parallax.vendors.credentials import Credentials
from tests import verbs
from tests.seeds import HIMAL, MAPS, NORDLYS, NOTES, NOW, TREK
from tests.verbs import Done

Check = Callable[..., Coroutine[Any, Any, Done]]
PRODUCT = PRODUCTS[0]


@pytest.fixture
async def db(own_urls: Urls, settings: Settings) -> Any:
    async with Database(settings, own_urls.reading, own_urls.writing) as db:
        yield db


@pytest.fixture
def check(own_urls: Urls, settings: Settings, tmp_path: Path, vendors: Sandbox) -> Check:
    vendors.clock.set(None)  # the verb asks by the machine's clock

    async def check(*words: object, **given: str) -> Done:
        env = verbs.on(
            own_urls,
            settings,
            tmp_path,
            PARALLAX_SENSOR_TOWER_URL=vendors.sensor_tower.url,
            PARALLAX_KAON_URL=vendors.kaon.url,
            PARALLAX_VENDOR_ALLOW_HOSTS=vendors.hosts,
            **given,
        )
        return await asyncio.to_thread(verbs.run, "vendor", "check", *map(str, words), env=env)

    return check


async def rows(check: Check, *words: object, code: int = 0, **given: str) -> list[tuple[str, str, str, str | None]]:
    done = await check(*words, "--json", **given)
    assert done.code == code, done
    return [tuple(row[name] for name in ("state", "client", "system", "about")) for row in json.loads(done.out)]


async def all_connected(db: Database, vendors: Sandbox, client: UUID = NORDLYS, account: int = 0) -> None:
    kore_ai = {"client_id": KORE_AI[account].client_id, "client_secret": KORE_AI[account].client_secret}
    for system, given in (
        (SourceSystem.SENSOR_TOWER, Credentials({"auth_token": SENSOR_TOWER[account].token})),
        (SourceSystem.KORE_AI, Credentials(kore_ai, vendors.kore_ai.url)),
        (SourceSystem.KAON, Credentials({"apikey": KAON[account].api_key})),
    ):
        await connect(db, client, system, given, COMMAND_LINE, NOW)


async def linked(db: Database, app: UUID, system: SourceSystem, key: str, **more: Any) -> None:
    client = HIMAL if app == TREK else NORDLYS
    await link_app(db, (client, app), checked_key("key", key, system), COMMAND_LINE, NOW, **more)


async def test_each_vendor_is_asked_one_cheap_question(check: Check, db: Database, vendors: Sandbox) -> None:
    await all_connected(db, vendors)
    await linked(db, NOTES, SourceSystem.KORE_AI, PRODUCT.stream)
    await linked(db, NOTES, SourceSystem.KAON, PRODUCT.kaon)

    done = await check(NORDLYS)

    assert done.code == 0
    assert [line.split("\t")[:4] for line in done.out.splitlines()] == [
        ["ok", "Nordlys", "sensor_tower", "-"],
        ["ok", "Nordlys", "kore_ai", PRODUCT.stream],
        ["ok", "Nordlys", "kaon", PRODUCT.kaon],
    ]
    assert "calls of the month are used" in done.out
    assert [len(vendor.calls) for vendor in vendors.vendors] == [1, 1, 1]
    for secret in (SENSOR_TOWER[0].token, KORE_AI[0].client_secret, KAON[0].api_key):
        assert secret not in done.out + done.err


async def test_a_credential_that_the_vendor_does_not_take_is_told(check: Check, db: Database, vendors: Sandbox) -> None:
    await all_connected(db, vendors, account=3)
    await linked(db, NOTES, SourceSystem.KORE_AI, PRODUCT.stream)
    await linked(db, NOTES, SourceSystem.KAON, PRODUCT.kaon)

    done = await check(NORDLYS)

    assert done.code == 1
    assert [line.split("\t")[0] for line in done.out.splitlines()] == ["BAD"] * 3
    for secret in (SENSOR_TOWER[3].token, KORE_AI[3].client_secret, KAON[3].api_key):
        assert secret not in done.out + done.err


async def test_what_was_not_asked_is_told_of_a_client_that_is_named(check: Check, db: Database) -> None:
    await connect(db, NORDLYS, SourceSystem.KAON, Credentials({"apikey": KAON[0].api_key}), COMMAND_LINE, NOW)
    done = await check(NORDLYS)
    assert done.code == 0
    assert [line.split("\t")[-1] for line in done.out.splitlines()] == [
        "not connected",
        "not connected",
        "connected, but no app is linked that it could be asked about",
    ]
    assert (await check()).out == ""


async def test_equal_credentials_are_asked_once_and_a_links_own_by_themselves(
    check: Check, db: Database, vendors: Sandbox
) -> None:
    await linked(db, NOTES, SourceSystem.KAON, PRODUCT.kaon)
    own = Credentials({"apikey": KAON[1].api_key})
    await linked(db, MAPS, SourceSystem.KAON, PRODUCTS[1].kaon, own=own)
    await linked(db, TREK, SourceSystem.KAON, PRODUCT.kaon)

    found = await rows(check, PARALLAX_KAON_API_KEY=KAON[0].api_key)

    assert found == [
        ("ok", "Himal", "kaon", PRODUCT.kaon),
        ("ok", "Nordlys", "kaon", PRODUCTS[1].kaon),
    ]
    assert len(vendors.kaon.calls) == 2
    assert await rows(check, "--system", "sensor-tower", PARALLAX_KAON_API_KEY=KAON[0].api_key) == []


async def test_a_vendor_that_is_down_is_told(check: Check, db: Database, vendors: Sandbox) -> None:
    await all_connected(db, vendors)
    vendors.sensor_tower.faults(Fault(Kind.STATUS, status=500))
    assert await rows(check, NORDLYS, "--system", "sensor-tower", code=1) == [("BAD", "Nordlys", "sensor_tower", None)]
