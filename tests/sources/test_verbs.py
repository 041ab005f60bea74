"""Links, credentials and what a token wants when a quota runs low, as a shell sets them up."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from parallax.access.callers import Callers
from parallax.access.viewer import WhenLow
from parallax.db import Database
from parallax.ids import GlobalId, encode
from parallax.installation import Urls
from parallax.metrics.catalog import SourceSystem
from parallax.settings import Settings
from tests import verbs
from tests.seeds import HIMAL, NORDLYS, NOTES, NOW, TREK
from tests.sources.accounts import account_of, secrets_of
from tests.verbs import Done

Run = Callable[..., Coroutine[Any, Any, Done]]
STREAM = "st-018f0000-0000-7000-8000-0000000000f1"
KEY = "a-kaon-key-that-nobody-sees"


@pytest.fixture
def run(own_urls: Urls, settings: Settings, tmp_path: Path) -> Run:
    """Runs a verb on a seeded database, with these settings and this standard input."""

    async def run(*words: object, stdin: str = "", **given: str) -> Done:
        env = verbs.on(own_urls, settings, tmp_path, **given)
        return await asyncio.to_thread(verbs.run, *map(str, words), env=env, stdin=stdin.encode())

    return run


async def last_line(run: Run, *words: object, **more: str) -> str:
    done = await run(*words, **more)
    assert done.code == 0, done.err
    return done.out.splitlines()[-1]


# ---------------------------------------------------------------- links
async def test_a_shell_links_an_app_lists_its_links_and_takes_one_away(run: Run) -> None:
    ios = await last_line(run, "app", "link", NOTES, "--sensor-tower-ios", "1500000001", "--label", "Notes EU")
    await last_line(run, "app", "link", encode(GlobalId("App", NORDLYS, (NOTES,))), "--kore-ai", STREAM)
    own = await last_line(run, "app", "link", NOTES, "--kaon", "acme", "--own-key", stdin=f"{KEY}\n")
    again = await last_line(run, "app", "link", NOTES, "--sensor-tower-ios", "1500000001")

    assert again == ios
    listed = json.loads((await run("app", "links", NOTES, "--json")).out)
    shown = [(each["system"], each["store"], each["key"], each["label"], each["ownKey"]) for each in listed]
    assert shown == [
        ("sensor_tower", "ios", "1500000001", "Notes EU", False),
        ("kore_ai", None, STREAM, None, False),
        ("kaon", None, "acme", None, True),
    ]
    assert {each["createdBy"] for each in listed} == {"command line"}
    lines = (await run("app", "links", NOTES)).out.splitlines()
    assert lines[0].split("\t")[:4] == [ios, "sensor_tower", "ios", "1500000001"]

    assert (await run("app", "unlink", NOTES, ios)).code == 0
    assert (await run("app", "unlink", NOTES, encode(GlobalId("AppLink", NORDLYS, (UUID(own),))))).code == 0
    assert len((await run("app", "links", NOTES)).out.splitlines()) == 1


async def test_a_link_of_another_app_is_none_of_this_one(run: Run) -> None:
    link = await last_line(run, "app", "link", TREK, "--kaon", "acme")
    done = await run("app", "unlink", NOTES, link)
    assert (done.code, done.out) == (1, "")
    assert "There is no link" in done.err
    assert len((await run("app", "links", TREK)).out.splitlines()) == 1


# ---------------------------------------------------------------- credentials
@pytest.mark.parametrize("by", ["standard input", "the environment"])
async def test_a_secret_comes_by_standard_input_or_the_environment(
    run: Run, settings: Settings, own_urls: Urls, by: str
) -> None:
    given = {"stdin": f"{KEY}\n"} if by == "standard input" else {"PARALLAX_KAON_API_KEY": KEY}
    done = await run("vendor", "connect", NORDLYS, "--system", "kaon", **given)

    assert (done.code, done.out, done.err) == (0, "", "Connected Kaon Insights.\n")
    account = await account_of(settings, own_urls, NORDLYS, SourceSystem.KAON)
    assert secrets_of(account) == {"apikey": KEY}
    assert await account_of(settings, own_urls, HIMAL, SourceSystem.KAON) is None

    done = await run("vendor", "disconnect", NORDLYS, "--system", "kaon")
    assert (done.code, done.err) == (0, "Disconnected Kaon Insights.\n")
    assert await account_of(settings, own_urls, NORDLYS, SourceSystem.KAON) is None
    assert "was not connected" in (await run("vendor", "disconnect", NORDLYS, "--system", "kaon")).err


async def test_kore_ai_takes_a_host_and_an_api_app_beside_the_secret(
    run: Run, settings: Settings, own_urls: Urls
) -> None:
    words = ("vendor", "connect", NORDLYS, "--system", "kore-ai", "--host", "platform.kore.ai", "--client-id", "cs-1f")
    assert (await run(*words, stdin=KEY)).code == 0
    account = await account_of(settings, own_urls, NORDLYS, SourceSystem.KORE_AI)
    assert secrets_of(account) == {"client_id": "cs-1f", "client_secret": KEY}
    assert account is not None
    assert account.base == "https://platform.kore.ai"


@pytest.mark.parametrize(
    ("words", "stdin", "told"),
    [
        (("vendor", "connect", NORDLYS, "--system", "kaon"), "", "apiKey: must be 8 to 500"),
        (("vendor", "connect", NORDLYS, "--system", "kaon"), "short1", "apiKey: must be 8 to 500"),
        (("vendor", "connect", NORDLYS.hex.replace("0", "1", 1), "--system", "kaon"), KEY, "is no UUID"),
        (("vendor", "connect", TREK, "--system", "kaon"), KEY, "There is no client"),
        (("vendor", "disconnect", TREK, "--system", "kaon"), "", "There is no client"),
        (
            ("vendor", "connect", NORDLYS, "--system", "kore-ai", "--host", "10.0.0.1", "--client-id", "cs-1f"),
            KEY,
            "host: is an address by number",
        ),
        (("app", "link", NOTES, "--kaon", "acme", "--own-key"), "short1", "--own-key: must be 8 to 500"),
        (("app", "link", NOTES, "--kore-ai", "cs-1f"), "", "--kore-ai: must be st- and a UUID"),
        (("app", "links", NORDLYS), "", "There is no app"),
    ],
)
async def test_what_is_refused_is_one_line_without_the_secret(
    run: Run, words: tuple[object, ...], stdin: str, told: str
) -> None:
    done = await run(*words, stdin=stdin)
    assert done.code in (1, 2)
    assert done.out == ""
    assert told in " ".join(done.err.split())
    assert not stdin or stdin not in done.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("app", "link", str(NOTES)), "exactly one of --sensor-tower-ios"),
        (("app", "link", str(NOTES), "--kaon", "a", "--kore-ai", "b"), "exactly one of --sensor-tower-ios"),
        (("app", "link", str(NOTES), "--kore-ai", "b", "--own-key"), "--own-key is for --kaon"),
        (("vendor", "connect", str(NORDLYS)), "--system"),
        (("vendor", "connect", str(NORDLYS), "--system", "events"), "sensor-tower, kore-ai, kaon"),
        (("vendor", "connect", str(NORDLYS), "--system", "kore-ai"), "--host and --client-id"),
        (("vendor", "connect", str(NORDLYS), "--system", "kaon", "--host", "a"), "--system kore-ai"),
        (("token", "create", "--operator", "--quota-low", "kaon"), "VENDOR=stale"),
        (("token", "create", "--operator", "--quota-low", "events=null"), "is no vendor"),
        (("token", "create", "--operator", "--quota-low", "kaon=maybe"), "VENDOR=stale"),
    ],
)
def test_wrong_usage_ends_with_2(words: tuple[str, ...], told: str) -> None:
    done = verbs.run(*words, env=verbs.around(DATABASE_URL="postgresql://nobody@127.0.0.1:1/nowhere"))
    assert (done.code, done.out) == (2, "")
    assert told in " ".join(done.err.split())


# ---------------------------------------------------------------- when a quota runs low
async def test_a_token_says_what_it_gets_when_a_quota_runs_low(run: Run, settings: Settings, own_urls: Urls) -> None:
    words = ("token", "create", "--client", NORDLYS, "--role", "viewer", "--name", "board")
    wishes = ("--quota-low", "sensor_tower=refuse", "--quota-low", "Kore-AI=NULL")
    board = await last_line(run, *words, *wishes)
    plain = await last_line(run, "token", "create", "--operator", "--name", "boss")

    listed = {each["name"]: each["quotaLow"] for each in json.loads((await run("token", "list", "--json")).out)}
    assert (listed["board"], listed["boss"]) == ({"sensor_tower": "refuse", "kore_ai": "null"}, {})
    async with Database(settings, own_urls.reading, own_urls.writing) as db:
        callers = Callers(db, settings)
        found = [(await callers.viewer(f"Bearer {token}", NOW)).when_low for token in (board, plain)]
        await callers.settled()
    assert found == [{"SENSOR_TOWER": WhenLow.REFUSE, "KORE_AI": WhenLow.NULL}, {}]
