"""The command line as a person meets it: help, mistakes, exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from parallax.cli import VERBS
from parallax.db import connected
from parallax.installation import Urls
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.verbs import around, on, run

ENV = around()
WITH_SUBVERBS = {"client", "app", "token", "vendor", "bench"}


def test_help_names_every_verb_and_where_to_begin() -> None:
    done = run("--help", env=ENV)
    assert done.code == 0
    assert all(f" {verb} " in done.out for verb in VERBS)
    assert "New here: parallax demo" in done.out


def test_without_words_it_explains_itself() -> None:
    assert run(env=ENV).out == run("--help", env=ENV).out


@pytest.mark.parametrize("verb", sorted(VERBS.keys() - WITH_SUBVERBS))
def test_a_verb_explains_itself_with_an_example_and_its_exit_codes(verb: str) -> None:
    done = run(verb, "--help", env=ENV)
    assert done.code == 0
    assert f"Usage: parallax {verb}" in done.out
    assert "Example" in done.out
    assert "Exit codes: 0 " in done.out


@pytest.mark.parametrize("words", [[], *([verb] for verb in VERBS), ["client", "create"], ["token", "create"]])
def test_help_loads_nothing_that_only_work_needs(words: list[str]) -> None:
    """What keeps every verb's start under half a second."""
    heavy = {"strawberry", "graphql", "asyncpg", "uvicorn", "starlette", "prometheus_client", "pyroaring", "duckdb"}
    script = f"""
import sys
from parallax.cli import main
try:
    main({[*words, "--help"]!r})
except SystemExit:
    print("LOADED", *sorted({heavy!r} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=ENV, check=True)
    assert done.stdout.splitlines()[-1].strip() == "LOADED"


def test_the_version_is_told() -> None:
    assert run("--version", env=ENV).out.startswith("parallax 0.")


@pytest.mark.parametrize(
    ("words", "said", "usage"),
    [
        (["dance"], "dance", "Usage: parallax COMMAND"),
        (["migrate", "--hard"], "--hard", "Usage: parallax migrate"),
        (["serve", "--port", "http"], "--port", "Usage: parallax serve"),
        (["load", "--client", "no-id", "--kind", "usage", "x.csv"], "no-id", "Usage: parallax load"),
        (["load", "x.csv", "--kind", "usage"], "--client", "Usage: parallax load"),
        (["load", "--jsom", "x.csv"], "--jsom", "Usage: parallax load"),
    ],
)
def test_wrong_usage_is_named_with_the_usage_line(words: list[str], said: str, usage: str) -> None:
    done = run(*words, env=ENV)
    assert done.code == 2
    assert said in done.err
    assert usage in done.err
    assert "Traceback" not in done.err


def test_settings_that_cannot_be_used_are_named() -> None:
    done = run("serve", env=around(PARALLAX_WORKERS="many", PARALLAX_PORT="70000"))
    assert done.code == 1
    assert "PARALLAX_WORKERS: " in done.err
    assert "PARALLAX_PORT: " in done.err
    assert "Traceback" not in done.err


def test_what_nobody_foresaw_is_one_line_and_shows_its_stack_only_when_asked(tmp_path: Path) -> None:
    script = "from parallax import cli; cli.VERBS['migrate'] = ('nowhere:verb', ''); cli.main(['migrate'])"
    for level, shown in (("info", False), ("debug", True)):
        command = [sys.executable, "-c", script]
        env = around(PARALLAX_LOG_LEVEL=level)
        done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
        assert done.returncode == 1
        assert ("Traceback" in done.stderr) is shown
        assert ("PARALLAX_LOG_LEVEL=debug" in done.stderr) is not shown


def test_serve_lists_every_setting_with_its_default() -> None:
    out = run("serve", "--help", env=ENV).out
    for name, field in Settings.model_fields.items():
        assert ("DATABASE_URL" if name == "database_url" else f"PARALLAX_{name.upper()}") in out
        assert field.description is not None
        assert field.description.split()[0] in out
    assert "(default: 8000)" in out


def test_migrate_says_what_it_did_and_repeated_that_there_is_nothing_to_do(
    empty_urls: Urls, settings: Settings, tmp_path: Path
) -> None:
    env = on(empty_urls, settings, tmp_path)
    first = run("migrate", env=env)
    assert (first.code, first.out.splitlines()[0]) == (0, "applied 0001 clients_and_access")
    assert run("migrate", env=env).out == "up to date\n"


# ---------------------------------------------------------------- schema


def test_the_schema_is_written_and_then_found_to_be_up_to_date(tmp_path: Path) -> None:
    assert run("schema", "--check", env=ENV, cwd=tmp_path).code == 1
    assert run("schema", env=ENV, cwd=tmp_path).code == 0
    text = (tmp_path / "schema.graphql").read_text()
    assert "type Query" in text
    assert '"""' in text
    assert run("schema", "--check", env=ENV, cwd=tmp_path).code == 0


def test_a_schema_that_differs_is_shown_and_what_breaks_is_named(tmp_path: Path) -> None:
    run("schema", env=ENV, cwd=tmp_path)
    file = tmp_path / "schema.graphql"
    kept = file.read_text()
    file.write_text(kept.replace("type Query {", "type Query {\n  weather: String\n", 1))
    done = run("schema", "--check", env=ENV, cwd=tmp_path)
    assert done.code == 1
    assert "-  weather: String" in done.out
    assert "Breaking: Field Query.weather was removed." in done.err
    assert file.read_text() != kept, "--check writes nothing"


# ---------------------------------------------------------------- doctor


def _findings(env: dict[str, str]) -> tuple[int, dict[str, tuple[bool, str]]]:
    done = run("doctor", "--json", env=env)
    return done.code, {each["check"]: (each["ok"], each["said"]) for each in json.loads(done.out)}


async def test_the_doctor_finds_a_sound_installation_well(own_urls: Urls, settings: Settings, tmp_path: Path) -> None:
    assert own_urls.owner is not None
    async with connected(own_urls.owner) as owner:
        durable = await owner.value("show fsync") == "on"  # not where a server is made for tests alone
    code, found = _findings(on(own_urls, settings, tmp_path))
    assert {check for check, (ok, _) in found.items() if not ok} == (set() if durable else {"durability"})
    assert code == (0 if durable else 1)
    assert {"database", "migrations", "roles", "secret key", "proxy", "time zones of PostgreSQL"} <= found.keys()
    plain = run("doctor", env=on(own_urls, settings, tmp_path))
    assert "ok  roles: " in plain.out


async def test_the_doctor_names_the_fix_for_what_is_wrong(
    own_urls: Urls, settings: Settings, cluster: Cluster, tmp_path: Path
) -> None:
    assert own_urls.owner is not None
    name = own_urls.owner.partition("?")[0].rpartition("/")[2]
    async with connected(cluster.superuser_url_of(name)) as superuser:
        await superuser.script("update parallax_private.signing set key = 'another'")
        await superuser.script("alter table parallax.app no force row level security")
        await superuser.script("update parallax.client set time_zone = 'Mars/Olympus'")
    code, found = _findings(on(own_urls, settings, tmp_path))
    assert code == 1
    assert "another PARALLAX_SECRET_KEY" in found["secret key"][1]
    assert "app" in found["roles"][1]
    assert not found["roles"][0]


def test_the_doctor_says_when_the_database_does_not_answer() -> None:
    code, found = _findings(around(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none", PARALLAX_SECRET_KEY="k" * 32))
    assert code == 1
    assert "DATABASE_URL" in found["database"][1]


def test_the_doctor_makes_no_database_where_there_is_none(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    code, found = _findings(around(PARALLAX_DATA_DIR=str(folder)))
    assert (code, found["database"][0]) == (0, True)
    assert not folder.exists()


def test_the_doctor_complains_of_a_key_that_others_may_read(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("k" * 64)
    (tmp_path / "secret.key").chmod(0o644)
    tmp_path.chmod(0o700)
    code, found = _findings(around(PARALLAX_DATA_DIR=str(tmp_path)))
    assert code == 1
    assert "chmod" in found["data folder"][1]
