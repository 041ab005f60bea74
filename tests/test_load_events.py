"""`parallax load` with events, logs, users and usage: once each, whatever happens, and taken back whole."""

import asyncio
import gzip
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from parallax.bench.population import Population, generated, lines
from parallax.db import Database
from parallax.engine.fold import Folded, fold
from parallax.engine.verify import verify
from parallax.installation import Urls
from parallax.scopes import Scope, Statement
from parallax.settings import Settings
from tests.seeds import NORDLYS, SILENT
from tests.verbs import Done, eventually, on, run, started

HELD = Statement(
    "held",
    "select stream, sum(events)::bigint as events from (select stream, events from event_tail where client_id = $1 "
    "union all select stream, events from event_segment where client_id = $1) as both_of_them group by 1 order by 1",
)
LINES = Statement("lines", "select lines from event_load where client_id = $1 and lines > 0")
USERS = Statement("users", "select external_id from actor where client_id = $1 and canonical is not null order by 1")
TRAITS = Statement("traits", "select name, value, users from trait where client_id = $1 order by 1, 2")
EVENT_TABLE = "id,name,at,user,properties.plan\ne1,open,2026-03-02T09:00:00Z,ada,pro\ne2,pay,2026-03-02T09:00:00Z,,\n"
BEGAN = re.compile(r"Load ([0-9a-f-]{36}) of ")


class Loader:
    """The command on a database of the test's own, and what is there afterwards."""

    def __init__(self, urls: Urls, settings: Settings, folder: Path) -> None:
        self.urls, self.settings, self.folder = urls, settings, folder
        self.env = on(urls, settings, folder)

    def file(self, name: str, content: bytes) -> str:
        (self.folder / name).write_bytes(content)
        return str(self.folder / name)

    def load(self, *words: str, stdin: bytes = b"") -> Done:
        return run("load", "--client", str(NORDLYS), "--json", *words, env=self.env, stdin=stdin)

    async def rows(self, asked: Statement) -> list[tuple[Any, ...]]:
        async with Database(self.settings, self.urls.reading, self.urls.writing) as db:
            return [tuple(row) for row in await db.rows(Scope.of(NORDLYS), asked, NORDLYS)]

    async def folded(self) -> Folded:
        patient = self.settings.model_copy(update={"deadline": 240})
        async with Database(patient, self.urls.reading, self.urls.writing) as db:
            return await fold(db, NORDLYS)

    async def held(self) -> tuple[int, int]:
        """Events and logs that are there."""
        by = dict(await self.rows(HELD))
        return by.get(0, 0), by.get(1, 0)


@pytest.fixture
def loader(own_urls: Urls, settings: Settings, tmp_path: Path) -> Loader:
    return Loader(own_urls, settings, tmp_path)


def told(done: Done) -> dict[str, Any]:
    return dict(json.loads(done.out.splitlines()[-1]))


def counts(done: Done) -> tuple[int, int, int, int]:
    found = told(done)
    return found["accepted"], found["duplicates"], found["replaced"], found["rejected"]


def ndjson(rows: Iterable[object]) -> bytes:
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def events(count: int, *, ids: bool = True) -> list[dict[str, Any]]:
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    rows: list[dict[str, Any]] = [
        {"name": f"event {n % 3}", "at": (start + timedelta(minutes=n)).isoformat(), "user": f"user {n % 17}"}
        for n in range(count)
    ]
    return [{"id": f"e{n}", **row} for n, row in enumerate(rows)] if ids else rows


async def test_a_file_holds_all_kinds_in_any_order(loader: Loader) -> None:
    rows = [
        {"id": "e1", "name": "open", "at": "2026-03-02T09:00:00+01:00", "user": "x7", "properties": {"country": "NO"}},
        {"identify": {"id": "ada", "aliases": ["x7"], "traits": {"plan": "pro"}}},
        {"log": {"id": "l1", "at": "2026-03-02T09:00:01Z", "level": "ERROR", "service": "api", "message": "no"}},
        {"usage": {"app": str(SILENT), "user": "ada", "date": "2026-03-02", "activeMs": 5, "sessions": 1}},
        {"name": "pay", "app": str(SILENT)},
    ]
    done = loader.load(loader.file("all.ndjson.gz", gzip.compress(ndjson([*rows, {"identify": 1}, {"log": {}}]))))

    assert done.code == 1
    assert counts(done) == (5, 0, 0, 2)
    assert re.findall(r"ndjson.gz:(\d+): (\w+)", done.err) == [("6", "identify"), ("7", "message")]
    assert await loader.held() == (2, 1)
    assert await loader.rows(USERS) == [("x7",)]
    assert await loader.rows(TRAITS) == [("plan", '"pro"', 1)]

    again = loader.load("-", stdin=ndjson(reversed(rows)))
    assert counts(again) == (2, 3, 0, 0), "a user has no duplicates, and an event without an id has none either"
    assert await loader.held() == (3, 1)


@pytest.mark.parametrize(
    ("kind", "text", "held"),
    [
        ("event", EVENT_TABLE, (2, 0)),
        ("log", 'level,message,properties.ms\nERROR,"no, thanks",7\n,fine,\n', (0, 2)),
        ("identify", "id,aliases,traits.plan\nada,x7 x8,pro\nbob,,free\n", (0, 0)),
    ],
)  # fmt: skip
async def test_a_table_is_all_of_one_kind(loader: Loader, kind: str, text: str, held: tuple[int, int]) -> None:
    done = loader.load(loader.file("rows.csv", text.encode()), "--kind", kind)

    assert (done.code, counts(done)) == (0, (2, 0, 0, 0)), done.err
    assert await loader.held() == held
    if kind == "identify":
        assert await loader.rows(USERS) == [("x7",), ("x8",)]
        assert await loader.rows(TRAITS) == [("plan", '"free"', 1), ("plan", '"pro"', 1)]


async def test_what_has_an_id_is_loaded_once_however_often(loader: Loader) -> None:
    name = loader.file("events.ndjson", ndjson(events(500)))
    assert counts(loader.load(name)) == (500, 0, 0, 0)

    again = loader.load(name)

    assert counts(again) == (0, 500, 0, 0)
    assert "is loaded already" in again.err
    assert await loader.held() == (500, 0)


async def test_a_load_that_is_killed_goes_on_where_it_ended(loader: Loader) -> None:
    """Without ids: what is stored twice would be there twice."""
    name = loader.file("events.ndjson", ndjson(events(20_000, ids=False)))
    words = ["load", name, "--client", str(NORDLYS), "--batch", "100"]
    async with started(*words, env=loader.env) as running:
        await eventually(lambda: loader.rows(LINES))
        running.process.kill()
        await running.process.wait()
    [(kept,)] = await loader.rows(LINES)
    assert 0 < kept < 20_000
    assert await loader.held() == (kept, 0)

    done = loader.load(name)

    assert f"was cut off after line {kept:,}" in done.err
    assert counts(done) == (20_000 - kept, 0, 0, 0)
    assert await loader.held() == (20_000, 0)
    assert await loader.rows(LINES) == [(20_000,)]


async def test_anew_begins_at_the_first_line(loader: Loader) -> None:
    name = loader.file("events.ndjson", ndjson(events(5000)))
    async with started("load", name, "--client", str(NORDLYS), "--batch", "50", env=loader.env) as running:
        await eventually(lambda: loader.rows(LINES))
        running.process.kill()
        await running.process.wait()
    kept, _ = await loader.held()

    assert counts(loader.load(name, "--anew")) == (5000 - kept, kept, 0, 0)


async def test_a_load_is_taken_back_with_all_that_it_brought_and_nothing_else(loader: Loader) -> None:
    loader.load(loader.file("right.ndjson", ndjson(events(300))))
    wrong = loader.load(loader.file("wrong.ndjson", ndjson([*events(700)[300:], {"log": {"message": "wrong"}}])))
    assert await loader.held() == (700, 1)
    found = BEGAN.search(wrong.err)
    assert found is not None
    assert UUID(found[1]) == UUID(told(wrong)["loads"][0]["id"])

    done = run("load", "--undo", found[1], "--client", str(NORDLYS), "--json", env=loader.env)

    assert (done.code, told(done)["events"]) == (0, 401), done.err
    assert await loader.held() == (300, 0)
    assert counts(loader.load(loader.file("again.ndjson", ndjson(events(700))))) == (400, 300, 0, 0)


async def test_an_unknown_load_and_a_command_without_a_file_are_refused(loader: Loader) -> None:
    for words, said in (
        (["--undo", str(UUID(int=7))], "no such load"),
        (["--undo", str(UUID(int=7)), "x.csv"], "name no file"),
        ([], "Name a file"),
    ):
        done = run("load", "--client", str(NORDLYS), *words, env=loader.env)
        assert (done.code, done.out) == (1, "")
        assert said in done.err


@pytest.mark.slow
async def test_a_million_events_and_a_kill_in_the_middle_leave_nothing_that_verify_finds(loader: Loader) -> None:
    path = loader.folder / "million.ndjson"
    with path.open("wb") as file:
        file.writelines(b"\n".join(lines(part)) + b"\n" for part in generated(Population(1_000_000)))
    count = sum(len(part) for part in generated(Population(1_000_000)))
    words = ["load", str(path), "--client", str(NORDLYS)]

    async def folded() -> bool:
        found = await loader.rows(LINES)
        return bool(found) and found[0][0] > 400_000

    async with started(*words, env=loader.env) as running:
        await eventually(folded, 120)
        running.process.kill()
        await running.process.wait()
    async with started(*words, env=loader.env) as running, asyncio.timeout(240):
        assert await running.process.wait() == 0
    assert await loader.held() == (count, 0)
    while (await loader.folded()).events:
        pass
    patient = loader.settings.model_copy(update={"deadline": 240})
    async with Database(patient, loader.urls.reading, loader.urls.writing) as db:
        found = await verify(db, NORDLYS)
    assert (found.events, found.differences) == (count, [])
