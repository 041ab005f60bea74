"""A large file of events, its load killed with -9 in the middle, twice: `parallax verify` finds no difference."""

import asyncio
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from parallax.db import Database
from parallax.installation import Urls
from parallax.scopes import Scope, Statement
from parallax.settings import Settings
from tests.gateways import running
from tests.seeds import NORDLYS, NOTES
from tests.verbs import COMMAND, Done, eventually, on, started

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 60
POSITION = Statement("position", "select position from client_state where client_id = $1")
PATIENCE_S = 900
COUNT = f"""{{ client(id: "{NORDLYS}") {{ metric(name: EVENTS, granularity: MONTH,
  period: {{start: "2026-01-01", end: "2026-03-31"}}) {{ values total }} }} }}"""


def lines(many: int) -> Iterator[str]:
    """In no order of time; four in five by one of some thousand users, half in a session, a third of an app."""
    lot = random.Random(many)
    for number in range(many):
        at = FIRST + timedelta(microseconds=lot.randrange(DAYS * 86_400_000_000))
        row = {"id": str(UUID(int=lot.getrandbits(128))), "name": f"event {number % 12}", "at": at.isoformat()}
        row["user"] = f"user-{lot.randrange(many // 40)}" if number % 5 else ""
        row["session"] = f"session-{number // 7}" if number % 2 else ""
        properties = {"country": lot.choice(["NO", "SE", "DE", "NP"]), "amount": lot.randrange(1000) / 10}
        yield json.dumps({**row, "properties": properties} | ({"app": str(NOTES)} if number % 3 == 0 else {})) + "\n"


async def verb(*words: str, env: dict[str, str]) -> Done:
    """Runs to its end, however long that takes."""
    made = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*COMMAND, *words, env=env, stdout=made, stderr=made)
    async with asyncio.timeout(PATIENCE_S):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Done(process.returncode, out.decode(), err.decode())


@pytest.mark.parametrize("many", [12_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
async def test_a_load_that_is_killed_goes_on_behind_what_it_stored(
    settings: Settings, own_urls: Urls, tmp_path: Path, many: int
) -> None:
    file, env, client = tmp_path / "events.ndjson", on(own_urls, settings, tmp_path), ("--client", str(NORDLYS))
    with file.open("w") as written:
        written.writelines(lines(many))
    batch = many // 24
    words = ("load", str(file), *client, "--batch", str(batch), "--json")
    async with Database(settings, own_urls.reading, own_urls.writing) as db:

        async def stored() -> int:
            [row] = await db.rows(Scope.of(NORDLYS), POSITION, NORDLYS)
            return int(row["position"])

        for part in (5, 14):

            async def so_far(least: int = part * batch) -> bool:
                return await stored() >= least

            async with started(*words, env=env) as loading:
                await eventually(so_far, PATIENCE_S)
                loading.process.kill()
                await loading.process.communicate()
            assert (await stored()) % batch == 0
            assert (await verb("verify", *client, env=env)).code == 0
        before = await stored()
        assert before < many

    done = await verb(*words, env=env)
    assert f"was cut off after line {before:,}" in done.err
    told = json.loads(done.out.splitlines()[-1])
    assert {name: told[name] for name in ("accepted", "duplicates", "rejected")} == {
        "accepted": many - before,
        "duplicates": 0,
        "rejected": 0,
    }
    again = json.loads((await verb(*words, "--anew", env=env)).out.splitlines()[-1])
    assert (again["accepted"], again["duplicates"]) == (0, many)
    assert (await verb("fold", "--once", env=env)).code == 0
    verified = await verb("verify", *client, env=env)
    assert verified.code == 0, verified.out
    assert verified.out.startswith(f"{many:,} events and logs (0 more wait to be folded)")
    async with running(settings, own_urls) as gateway:
        series = (await gateway.ask(COUNT)).data["client"]["metric"]
        assert series["total"] == sum(series["values"]) == many
