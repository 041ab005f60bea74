"""The set-up verbs as a shell sees them: what they print where, and how they end."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from parallax.commands.arguments import instant
from parallax.ids import GlobalId, encode
from parallax.installation import Urls
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.gateways import running
from tests.plainly import plainly, rows_of_client
from tests.seeds import HIMAL, MAPS, NORDLYS, NOTES, TREK, maps_reports

Run = Callable[..., Coroutine[Any, Any, subprocess.CompletedProcess[str]]]
NOBODY = "018f0000-0000-7000-8000-00000000dead"
VERBS = [
    ("client", ("create", "list", "update", "delete")),
    ("app", ("create", "list", "update", "delete", "link", "links", "unlink")),
    ("vendor", ("connect", "disconnect", "check")),
    ("token", ("create", "list", "revoke")),
]


@pytest.fixture
def run(own_urls: Urls, settings: Settings) -> Run:
    """Runs `python -m parallax …` on a seeded database."""
    assert own_urls.owner is not None
    assert settings.secret_key is not None
    environment = {
        **os.environ,
        "DATABASE_URL": own_urls.owner,
        "PARALLAX_SECRET_KEY": settings.secret_key.get_secret_value(),
        "PARALLAX_DATA_DIR": str(settings.data_dir),
    }

    async def run(*words: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "parallax", *map(str, words)]
        return await asyncio.to_thread(
            subprocess.run, command, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    return run


async def last_line(run: Run, *words: object) -> str:
    done = await run(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


# ---------------------------------------------------------------- the whole way
async def test_a_shell_sets_up_a_client_that_a_token_then_reads(run: Run, settings: Settings, own_urls: Urls) -> None:
    client = await last_line(run, "client", "create", "--name", " Fjell ", "--time-zone", "Europe/Oslo")
    app = await last_line(run, "app", "create", "--client", client, "--name", "Tur")
    known = await last_line(run, "app", "create", "--client", client, "--name", "Ski", "--id", NOTES)
    made = await run("token", "create", "--client", client, "--client", HIMAL, "--role", "viewer", "--expires", "90d")

    assert [str(UUID(each)) for each in (client, app)] == [client, app]
    assert known == str(NOTES)
    assert made.stdout.startswith("plx_")
    assert made.stdout.strip() not in made.stderr
    async with running(settings, own_urls) as gateway:
        answer = await gateway.ask(
            "{ viewer { clients { nodes { name timeZone apps { nodes { name } } } } } }",
            token=made.stdout.strip(),
            now=None,
        )
    assert answer.data["viewer"]["clients"]["nodes"] == [
        {"name": "Fjell", "timeZone": "Europe/Oslo", "apps": {"nodes": [{"name": "Ski"}, {"name": "Tur"}]}},
        {"name": "Himal", "timeZone": "Asia/Kathmandu", "apps": {"nodes": [{"name": "Trek"}]}},
    ]


async def test_an_operator_of_the_shell_makes_clients_over_the_graph(
    run: Run, settings: Settings, own_urls: Urls
) -> None:
    secret = await last_line(run, "token", "create", "--operator", "--name", "boss")
    [boss] = [each for each in json.loads((await run("token", "list", "--json")).stdout) if each["name"] == "boss"]
    assert (boss["opens"], boss["state"], boss["expiresAt"]) == ("every client", "valid", None)
    async with running(settings, own_urls) as gateway:
        asked = 'mutation { clientCreate(input: {name: "New"}) { client { name } } }'
        assert (await gateway.ask(asked, token=secret)).data["clientCreate"]["client"] == {"name": "New"}

        assert (await run("token", "revoke", boss["id"])).returncode == 0
        assert (await run("token", "revoke", boss["id"])).returncode == 0
        assert (await gateway.ask(asked, token=secret)).status == 401
    assert secret not in (await run("token", "list", "--json")).stdout


# ---------------------------------------------------------------- lists and changes
async def test_lists_are_lines_for_a_pipe_and_one_document_with_json(run: Run) -> None:
    lines = (await run("client", "list")).stdout.splitlines()
    assert [line.split("\t") for line in lines] == [
        [str(HIMAL), "Himal", "Asia/Kathmandu"],
        [str(NORDLYS), "Nordlys", "Europe/Berlin"],
        ["018f0000-0000-7000-8000-000000000003", "Void", "UTC"],
    ]
    listed = json.loads((await run("client", "list", "--json")).stdout)
    assert listed[0] == {"id": str(HIMAL), "name": "Himal", "timeZone": "Asia/Kathmandu"}
    apps = json.loads((await run("app", "list", "--client", NORDLYS, "--json")).stdout)
    assert [app["name"] for app in apps] == ["Maps", "Notes", "Silent"]
    tokens = json.loads((await run("token", "list", "--client", HIMAL, "--json")).stdout)
    assert {token["name"] for token in tokens} == {"stranger", "both"}
    assert tokens[0].keys() >= {"id", "name", "state", "opens", "createdAt", "expiresAt", "lastUsedAt", "revokedAt"}


async def test_an_update_keeps_what_is_not_given_and_takes_global_ids(run: Run) -> None:
    assert (
        await run("client", "update", encode(GlobalId("Client", NORDLYS)), "--time-zone", "Asia/Tokyo")
    ).returncode == 0
    assert (await run("app", "update", encode(GlobalId("App", NORDLYS, (NOTES,))), "--name", "Notes 2")).returncode == 0
    clients = (await run("client", "list")).stdout
    assert f"{NORDLYS}\tNordlys\tAsia/Tokyo" in clients
    assert f"{NOTES}\tNotes 2" in (await run("app", "list", "--client", NORDLYS)).stdout


async def test_deleting_says_how_much_went_and_cannot_be_repeated(run: Run, cluster: Cluster, own_urls: Urls) -> None:
    app = await run("app", "delete", MAPS, "--yes")
    assert (app.returncode, app.stdout) == (0, "")
    assert (
        app.stderr == f"Deleted the app Maps: {len(maps_reports())} reports.\n"
    )  # no bar, no colours: it is no terminal
    client = await run("client", "delete", NORDLYS, "--yes")
    assert client.returncode == 0
    assert "Deleted the client Nordlys" in client.stderr
    assert (await run("client", "delete", NORDLYS, "--yes")).returncode == 1
    async with plainly(cluster, own_urls) as superuser:
        assert await rows_of_client(superuser, NORDLYS) == {}
        assert (await rows_of_client(superuser, HIMAL))["app_usage_reports"] == 2


# ---------------------------------------------------------------- refusals
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("client", "create", "--name", "", "--time-zone", "UTC"), "name: "),
        (("client", "create", "--name", "New", "--time-zone", "Europe/Berln"), "Europe/Berlin"),
        (("client", "update", NOBODY, "--name", "New"), NOBODY),
        (("client", "delete", NOBODY, "--yes"), NOBODY),
        (("app", "create", "--client", NOBODY, "--name", "New"), NOBODY),
        (("app", "create", "--client", NORDLYS, "--name", "New", "--id", NOTES), "already"),
        (("app", "list", "--client", NOBODY), NOBODY),
        (("app", "update", TREK, "--name", "New", "--client", NORDLYS), str(TREK)),
        (("token", "create", "--client", NORDLYS, "--client", NOBODY, "--role", "viewer"), NOBODY),
        (("token", "create", "--operator", "--expires", "2020-01-01"), "expiresAt: "),
        (("token", "revoke", NOBODY), NOBODY),
    ],
)
async def test_what_is_refused_ends_with_1_and_one_line(run: Run, words: tuple[object, ...], told: str) -> None:
    done = await run(*words)
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("client", "create", "--name", "New"), "--time-zone"),
        (("client", "update", str(NORDLYS)), "--name"),
        (("client", "delete", str(NORDLYS)), "--yes"),
        (("client", "delete", "rubbish", "--yes"), "rubbish"),
        (("app", "create", "--client", str(NORDLYS), "--name", "New", "--id", "{rubbish}"), "{rubbish}"),
        (("app", "delete", str(NOTES)), "--yes"),
        (("app", "delete", encode(GlobalId("Client", NORDLYS)), "--yes"), "global id of an app"),
        (("token", "create", "--client", str(NORDLYS)), "--role"),
        (("token", "create", "--role", "viewer"), "--client"),
        (("token", "create", "--operator", "--role", "admin"), "--operator"),
        (("token", "create", "--client", str(NORDLYS), "--role", "owner"), "viewer"),
        (("token", "create", "--operator", "--expires", "soon"), "90d"),
    ],
)
def test_wrong_usage_ends_with_2_before_anything_is_opened(words: tuple[str, ...], told: str) -> None:
    nowhere = {**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nowhere"}
    command = [sys.executable, "-m", "parallax", *words]
    done = subprocess.run(command, env=nowhere, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in " ".join(done.stderr.split())
    assert "Usage: parallax" in done.stderr


def test_every_verb_explains_itself_with_an_example_and_its_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    from parallax.cli import main

    for noun, verbs in VERBS:
        for verb in verbs:
            with pytest.raises(SystemExit) as ended:
                main([noun, verb, "--help"])
            assert not ended.value.code
            shown = " ".join(capsys.readouterr().out.split())
            assert f"Example: parallax {noun} {verb}" in shown
            assert "Exit codes: 0 done" in shown
            assert "2 wrong usage" in shown


def test_a_set_up_verb_imports_neither_graph_nor_server() -> None:
    heavy = "{'strawberry', 'graphql', 'starlette', 'uvicorn', 'asyncpg', 'pydantic'}"
    names = ", ".join(f"parallax.commands.{name}" for name in ("clients", "apps", "links", "vendors", "tokens"))
    script = f"import sys, {names}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ---------------------------------------------------------------- --expires
NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("90d", NOW + timedelta(days=90)),
        ("36h", NOW + timedelta(hours=36)),
        ("2w", NOW + timedelta(days=14)),
        ("2026-12-31", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2027-01-31T18:00:00+01:00", datetime(2027, 1, 31, 17, tzinfo=UTC)),
        ("2027-01-31T18:00:00Z", datetime(2027, 1, 31, 18, tzinfo=UTC)),
    ],
)
def test_an_end_is_a_span_a_whole_day_or_an_instant(text: str, meant: datetime) -> None:
    assert instant(text, NOW) == meant


@pytest.mark.parametrize(
    "text", ["", "90", "0d", "-1d", "90x", "2026-02-30", "2027-01-31T18:00:00", "9999-12-31", "20270131"]
)
def test_an_end_that_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="90d"):
        instant(text, NOW)
