"""A back-up is PostgreSQL and PARALLAX_SECRET_KEY: restored into an empty server they give the same answers."""

import asyncio
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from graphql import OperationDefinitionNode, OperationType, parse

from parallax.db import connected
from parallax.embedded import binary
from parallax.installation import Urls, prepare
from parallax.migrations import Roles
from parallax.settings import OFF, Settings
from tests.clusters import Cluster, embedded
from tests.gateways import OPERATIONS, Gateway, running
from tests.seeds import BOTH, NOTES, OPERATOR, VIEWER

# For the variables of stored operations: by name, whatever the operation.
VALUES: dict[str, Any] = {
    "app": str(NOTES),
    "metric": "USER_COUNT",
    "period": {"start": "2026-01-05", "end": "2026-03-31"},
    "granularity": "WEEK",
    "compare": "PREVIOUS",
    "first": 2,
    "after": None,
    "user": None,
    "id": "ada",
    "name": "DAU",
    "by": "country",
    "event": "open",
    "where": [{"field": "country", "operator": "IS_SET"}],
    "search": "a",
    "months": {"last": "90d"},
    "series": [{"event": "open", "breakdown": "country"}, {"metric": "DAU"}],
    "formula": "A / B",
    "periods": 4,
    "measure": "ACTIVE_USERS",
    "country": None,
    "sources": None,
}


def questions() -> dict[str, dict[str, Any]]:
    """Every stored query with its variables."""
    asked = {}
    for path in sorted(OPERATIONS.glob("*.graphql")):
        [operation] = [
            node for node in parse(path.read_text()).definitions if isinstance(node, OperationDefinitionNode)
        ]
        if operation.operation is not OperationType.QUERY:
            continue
        names = [definition.variable.name.value for definition in operation.variable_definitions or ()]
        unknown = set(names) - VALUES.keys()
        assert not unknown, f"{path.name}: give {unknown} a value in VALUES"
        asked[path.name] = {name: VALUES[name] for name in names}
    return asked


async def answers(gateway: Gateway) -> dict[tuple[str, str], Any]:
    """Bodies as bytes would be: ids and cursors too. Who only reads is refused single rows, before as after."""
    given = {}
    for token in (VIEWER, BOTH, OPERATOR):
        for name, variables in questions().items():
            answer = await gateway.ask(name, token=token, **variables)
            assert {error["extensions"]["code"] for error in answer.errors} <= {"FORBIDDEN"}, (name, answer.errors)
            given[name, token] = answer.body["data"]
    return given


async def run(program: Path, *arguments: str) -> str | None:
    """None, or what it complains about."""
    done = await asyncio.to_thread(
        lambda: subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    )
    return done.stderr if done.returncode else None


def pg_dump() -> Path:
    """Of the same release as the server that the tests run on."""
    programs = os.environ.get("PARALLAX_TEST_PG")
    return Path(programs) / "pg_dump" if programs else binary("pg_dump")


async def test_a_dump_restored_into_an_empty_server_gives_equal_answers(
    settings: Settings, own_urls: Urls, cluster: Cluster, tmp_path: Path
) -> None:
    """The README's commands: dumped as a superuser, restored, migrated. On PostgreSQL 15 also a change to 18."""
    settings = settings.model_copy(update={"max_cost": OFF})  # every operation, by the token that opens every client
    assert own_urls.owner is not None
    source = cluster.superuser_url_of(urlsplit(own_urls.owner).path.removeprefix("/"))
    dump = tmp_path / "parallax.dump"
    async with running(settings, own_urls) as gateway:
        before = await answers(gateway)
        assert await run(pg_dump(), "--format=custom", f"--file={dump}", source) is None

    with (
        tempfile.TemporaryDirectory(prefix="plx-", ignore_cleanup_errors=True) as folder,
        embedded(Path(folder)) as other,
    ):
        owner = other.owner_url("parallax")
        target = other.superuser_url_of("parallax")
        restoring = ("--no-privileges", "--exit-on-error", f"--dbname={target}", str(dump))
        assert await run(binary("pg_restore"), *restoring) is None
        urls = Urls(owner, *Roles.of(settings).urls(owner))
        assert await prepare(settings, urls) == []
        async with running(settings, urls) as gateway:
            after = await answers(gateway)
        async with connected(target) as superuser:
            assert await superuser.value("select count(*) from parallax.app_usage_reports") > 100

    assert len(before) >= 12
    assert after == before


async def test_a_dump_by_the_owner_is_refused_rather_than_cut_short(
    own_urls: Urls, cluster: Cluster, tmp_path: Path
) -> None:
    """Row-level security binds the owner too: pg_dump says so instead of leaving rows out."""
    assert own_urls.owner is not None
    complaint = await run(pg_dump(), f"--file={tmp_path / 'dump.sql'}", own_urls.owner)
    assert complaint
    assert "row-level security" in complaint
