"""What the README says is so: its first answer, its commands, its settings."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from parallax.db import Database
from parallax.demo.cast import CLIENTS
from parallax.demo.reports import reports_of
from parallax.installation import Urls
from parallax.scopes import Scope, Statement
from parallax.settings import OFF, Settings
from parallax.usage.track import track
from tests.gateways import running
from tests.seeds import MADE_APP, MADE_CLIENT, MADE_STATE, OPERATOR

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
NOW = "2026-11-21T12:00:00Z"
KAFFE = UUID("018f0000-0000-7000-8000-0000000000c1")


def block(mark: str) -> str:
    """The code block after `<!-- mark -->`."""
    found = re.search(rf"<!-- {mark} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    assert found, mark
    return found[1]


def settings_table() -> str:
    """What stands below `<!-- settings -->`."""
    lines = ["| variable | default | |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        variable = "DATABASE_URL" if name == "database_url" else f"PARALLAX_{name.upper()}"
        default = field.get_default()
        if name == "data_dir":
            shown = "the user's data folder"
        elif name == "block_cache":
            shown = "by the memory"
        elif default == OFF or name == "batch":
            shown = "`off`"
        elif default in (None, ""):
            shown = ""
        else:
            shown = f"`{str(default).lower() if isinstance(default, bool) else default}`"
        lines.append(f"| `{variable}` | {shown} | {field.description} |")
    return "\n".join(lines)


def test_the_settings_are_all_there_with_their_defaults() -> None:
    told = README.partition("<!-- settings -->\n")[2].partition("\n\n## ")[0].strip()
    assert told == settings_table(), f"the table should be:\n{settings_table()}"


async def test_the_first_query_has_the_answer_that_is_printed(settings: Settings, own_urls: Urls) -> None:
    """On the demo's data of that week."""
    client = CLIENTS[0]
    async with Database(settings, own_urls.reading, own_urls.writing) as db:
        async with db.writing(Scope.of(client.id)) as transaction:
            await transaction.run(MADE_CLIENT, client.id, client.name, client.time_zone)
            await transaction.run(MADE_STATE, client.id)
            for app in client.apps:
                await transaction.run(MADE_APP, client.id, app.id, app.name)
        week = list(reports_of(client, date(2026, 11, 1), date(2026, 11, 9)))
        await track(db, Scope.of(client.id), client.id, week)
        assert await db.rows(Scope.of(client.id), Statement("told", "select from app_usage_day"))
    async with running(settings, own_urls) as gateway:
        answer = await gateway.ask(block("first query"), token=OPERATOR, now=NOW)
    assert {"data": answer.data} == json.loads(block("first answer")), json.dumps({"data": answer.data}, indent=2)


async def test_what_is_sent_and_asked_has_the_answers_that_are_printed(settings: Settings, own_urls: Urls) -> None:
    async with (
        Database(settings, own_urls.reading, own_urls.writing) as db,
        db.writing(Scope.of(KAFFE)) as transaction,
    ):
        await transaction.run(MADE_CLIENT, KAFFE, "Fjord Kaffe", "Europe/Oslo")
        await transaction.run(MADE_STATE, KAFFE)
    async with running(settings, own_urls) as gateway:
        sent = await gateway.http.post(
            f"/v1/events?client={KAFFE}",
            content=block("events").encode(),
            headers={
                "authorization": f"Bearer {OPERATOR}",
                "content-type": "application/x-ndjson",
                "parallax-now": NOW,
            },
        )
        variables = json.loads(block("track variables"))
        assert variables.pop("client") == "CLIENT"
        tracked = await gateway.ask(block("track"), token=OPERATOR, now=NOW, client=str(KAFFE), **variables)
        asked = await gateway.ask(block("ask"), token=OPERATOR, now=NOW, client=str(KAFFE))
    assert without_receipt(sent.json()) == without_receipt(json.loads(block("events sent")))
    assert {"data": tracked.data} == json.loads(block("tracked")), json.dumps(tracked.data, indent=2)
    assert {"data": asked.data} == json.loads(block("asked")), json.dumps(asked.data, indent=2)


def without_receipt(answer: dict[str, Any]) -> dict[str, Any]:
    """A receipt is sealed with the installation's own key."""
    assert isinstance(answer.pop("receipt"), str)
    return answer


def test_the_checks_run_the_test_command_as_it_is_written() -> None:
    checks = (ROOT / ".ci" / "run").read_text()
    commands = re.findall(r"```sh\n(python3 -m venv .*?)\n```", README)
    assert len(commands) == 2
    assert commands[1].endswith(".venv/bin/pytest")
    assert f"\n{commands[1]}\n" in checks


def test_every_verb_that_is_named_is_one() -> None:
    from parallax.cli import VERBS

    named = set(re.findall(r"(?:^|`|\bbin/)parallax ([a-z]+)", README, re.MULTILINE)) - {"db"}
    assert named <= VERBS.keys()
    assert {
        "demo",
        "migrate",
        "serve",
        "doctor",
        "schema",
        "bench",
        "load",
        "fold",
        "verify",
        "rebuild",
        "user",
    } <= named


def test_every_file_that_is_named_is_there() -> None:
    links = set(re.findall(r"\]\(([\w./-]+)\)", README))
    named = {f"src/parallax/{each}" for each in re.findall(r"`([a-z]+/[a-z_]+\.(?:py|sql))`", README)}
    named = {each for each in named if not each.startswith("src/parallax/tests")}
    named |= set(re.findall(r"`(tests/\w+\.py)`", README))
    assert len(named) > 20
    assert [each for each in links | named if not (ROOT / each).exists()] == []
