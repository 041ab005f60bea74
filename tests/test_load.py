"""`parallax load`: files as people have them, through the command."""

import asyncio
import gzip
import json
import os
import re
import signal
import tempfile
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from parallax.db import Database
from parallax.embedded import Embedded
from parallax.installation import Urls, prepare
from parallax.migrations import Roles
from parallax.scopes import Scope, Statement
from parallax.settings import Settings
from tests.seeds import MAPS, NORDLYS, NOTES, SILENT, TREK, seed
from tests.verbs import Done, eventually, on, run, started

HEADER = "app,user,date,activeMs,sessions"
STORED = Statement(
    "stored",
    "select activity_date::text as day, external_id as user, total_active_ms as ms, total_session_count as sessions "
    "from app_usage_reports r join actor a on a.client_id = r.client_id and a.actor_id = r.user_id "
    "where r.client_id = $1 and application_id = $2 order by 1, 2",
)
SUMS = Statement(
    "sums",
    "select activity_date::text, active_ms::bigint, sessions::bigint, users::bigint from app_usage_day "
    "where client_id = $1 and application_id = $2 order by 1",
)

Row = tuple[str, str, int, int]
"""Day, user, active milliseconds, sessions."""
ROWS: list[Row] = [("2026-03-01", "ada", 1000, 2), ("2026-03-01", "bob", 0, 1), ("2026-03-02", "ada", 500, 3)]


def ndjson(rows: Iterable[Row], app: UUID = SILENT) -> bytes:
    fields = ("date", "user", "activeMs", "sessions")
    lines = (json.dumps({"app": str(app), **dict(zip(fields, row, strict=True))}) for row in rows)
    return "".join(f"{line}\n" for line in lines).encode()


def csv(rows: Iterable[Row], app: UUID = SILENT) -> bytes:
    lines = [HEADER, *(f"{app},{user},{day},{ms},{sessions}" for day, user, ms, sessions in rows)]
    return "".join(f"{line}\n" for line in lines).encode()


def many(count: int) -> list[Row]:
    first = date(2025, 1, 1)
    return [(str(first + timedelta(days=n % 90)), f"user-{n // 90:04}", n, n % 7) for n in range(count)]


class Loader:
    """The command on a database of the test's own, and what is stored there afterwards."""

    def __init__(self, urls: Urls, settings: Settings, folder: Path) -> None:
        self.urls, self.settings, self.folder = urls, settings, folder
        self.env = on(urls, settings, folder)

    def words(self, *more: str) -> list[str]:
        return ["load", "--client", str(NORDLYS), "--kind", "usage", "--json", *more]

    def file(self, name: str, content: bytes) -> str:
        (self.folder / name).write_bytes(content)
        return str(self.folder / name)

    def load(self, *files: str, stdin: bytes = b"") -> Done:
        return run(*self.words(*files), env=self.env, stdin=stdin)

    async def rows(self, app: UUID = SILENT, asked: Statement = STORED) -> list[tuple[object, ...]]:
        async with Database(self.settings, self.urls.reading, self.urls.writing) as db:
            return [tuple(row) for row in await db.rows(Scope.of(NORDLYS), asked, NORDLYS, app)]


@pytest.fixture
def loader(own_urls: Urls, settings: Settings, tmp_path: Path) -> Loader:
    return Loader(own_urls, settings, tmp_path)


def counts(done: Done) -> dict[str, int]:
    """The last line of `--json`, without the loads."""
    told = dict(json.loads(done.out.splitlines()[-1]))
    assert all(UUID(load["id"]) for load in told.pop("loads"))
    return told


def complaints(done: Done) -> list[str]:
    """What it said, but for the loads that it began."""
    return [
        line for line in done.err.splitlines() if not re.match(r"Load [0-9a-f-]{36} of |.* is loaded already", line)
    ]


async def test_a_file_is_read_however_it_is_written(loader: Loader) -> None:
    files = {
        "rows.ndjson": ndjson(ROWS),
        "rows.csv": csv(ROWS),
        "rows.csv.gz": gzip.compress(csv(ROWS)),
        "no-ending": ndjson(ROWS).rstrip(b"\n"),
        "packed": gzip.compress(ndjson(ROWS)),
        "windows": b"\xef\xbb\xbf" + csv(ROWS).replace(b"\n", b"\r\n"),
        "quoted.csv": csv(ROWS).replace(b",ada,", b',"ada",').replace(b",500,", b",500.0,"),
        "blank-lines": ndjson(ROWS).replace(b"\n", b"\n\n"),
    }
    done = loader.load(*(loader.file(name, content) for name, content in files.items()))
    assert done.code == 0, done.err
    assert counts(done) == {"accepted": 3, "duplicates": 3 * 7, "replaced": 0, "rejected": 0}
    assert await loader.rows() == ROWS
    assert await loader.rows(asked=SUMS) == [("2026-03-01", 1000, 3, 2), ("2026-03-02", 500, 3, 1)]


async def test_standard_input_is_a_file_too_and_the_columns_stand_in_any_order(loader: Loader) -> None:
    text = f"sessions,date,app,activeMs,user\n4,2026-03-05,{SILENT},70,ada\n"
    assert counts(loader.load("-", stdin=gzip.compress(text.encode())))["accepted"] == 1
    assert await loader.rows() == [("2026-03-05", "ada", 70, 4)]


async def test_repeating_a_file_changes_nothing_and_a_corrected_row_replaces(loader: Loader) -> None:
    name = loader.file("rows.csv", csv(ROWS))
    assert counts(loader.load(name))["accepted"] == 3
    sums = await loader.rows(asked=SUMS)
    assert counts(loader.load(name)) == {"accepted": 0, "duplicates": 3, "replaced": 0, "rejected": 0}
    assert await loader.rows(asked=SUMS) == sums

    corrected = [("2026-03-01", "ada", 1, 1), *ROWS[1:]]
    assert counts(loader.load("-", stdin=ndjson(corrected))) == {
        "accepted": 0,
        "duplicates": 2,
        "replaced": 1,
        "rejected": 0,
    }
    assert await loader.rows() == corrected


async def test_without_json_the_counts_are_for_people(loader: Loader) -> None:
    words = [word for word in loader.words("-") if word != "--json"]
    done = run(*words, env=loader.env, stdin=ndjson(many(1200)))
    assert done.out == "1,200 accepted, 0 duplicates, 0 replaced, 0 rejected\n"


async def test_a_bad_row_is_named_with_its_line_and_reason_and_stops_nobody(loader: Loader) -> None:
    day_after_tomorrow = date.today() + timedelta(days=3)  # noqa: DTZ011 - beyond the client's tomorrow in any zone
    bad = {
        "1,2": "has 2 values where the header has 5",
        f"{SILENT},ada,2026-02-31,1,1": "date: '2026-02-31' is not a day",
        f"{SILENT},ada,{day_after_tomorrow},1,1": f"date: {day_after_tomorrow} must be",
        f"{SILENT},,2026-03-01,1,1": "user: must be a text that is not empty",
        f"{SILENT},ada,2026-03-01,-1,1": "activeMs: '-1' is not a whole number",
        f"{SILENT},ada,2026-03-01,1,1.5": "sessions: '1.5' is not a whole number",
        f"{SILENT},ada,2026-03-01,{'9' * 5000},1": "activeMs: ",
        f"{TREK},ada,2026-03-01,1,1": "app: there is no such app of this client",
        "nonsense,ada,2026-03-01,1,1": "app: must be the global id or the UUID",
        f'{SILENT},"ada,2026-03-01,1,1': "is not CSV",
        f"{SILENT},\udcff,2026-03-01,1,1": "is not UTF-8",
        f"{SILENT},{'a' * 2**20},2026-03-01,1,1": "is longer than 1048576 bytes",
    }
    lines = [HEADER, f"{SILENT},first,2026-03-01,1,1", *bad, f"{SILENT},last,2026-03-01,1,1"]
    name = loader.file("mixed.csv", "\n".join(lines).encode(errors="surrogateescape"))
    kept = loader.folder / "rejects.ndjson"

    done = loader.load(name, "--rejects", str(kept))

    assert done.code == 1
    assert counts(done) == {"accepted": 2, "duplicates": 0, "replaced": 0, "rejected": len(bad)}
    rejects = sorted((json.loads(line) for line in kept.read_text().splitlines()), key=lambda each: each["line"])
    assert [reject["line"] for reject in rejects] == list(range(3, 3 + len(bad)))
    for reject, reason in zip(rejects, bad.values(), strict=True):
        assert reason in reject["message"]
        assert reject["file"] == name
        assert f"{name}:{reject['line']}: " in done.err
    assert [reject["field"] for reject in rejects][:3] == [None, "date", "date"]
    assert [row[1] for row in await loader.rows()] == ["first", "last"]


async def test_bad_objects_of_ndjson_are_named_too(loader: Loader) -> None:
    good = ndjson(ROWS[:1]).decode().strip()
    bad = {
        "{broken": "is not JSON",
        "[1, 2]": "is not a JSON object",
        '{"app": 1}': "app: must be",
        good.replace('"user"', '"usr"'): "unknown field 'usr'",
        good.replace('"ada"', "7"): "user: must be a text",
    }
    done = loader.load("-", stdin="\n".join([good, *bad, good]).encode())
    assert counts(done) == {"accepted": 1, "duplicates": 1, "replaced": 0, "rejected": len(bad)}
    for number, reason in enumerate(bad.values(), start=2):
        [line] = [line for line in done.err.splitlines() if line.startswith(f"-:{number}: ")]
        assert reason in line


async def test_of_many_bad_rows_the_first_twenty_are_shown_and_all_are_counted(loader: Loader) -> None:
    done = loader.load("-", stdin=ndjson(ROWS) + b'{"app": 1}\n' * 500)
    assert counts(done) == {"accepted": 3, "duplicates": 0, "replaced": 0, "rejected": 500}
    assert sum(line.startswith("-:") for line in done.err.splitlines()) == 20
    assert "480 more" in done.err


async def test_a_file_that_is_none_is_refused_and_the_others_are_loaded(loader: Loader) -> None:
    bad = {
        "empty.csv": (b"", "is empty"),
        "rubbish.bin": (bytes(range(256)) * 40, "binary data"),
        "rubbish.csv": (os.urandom(20_000) + b"\0", "binary data"),
        "wide.csv": (csv(ROWS).decode().encode("utf-16"), "UTF-16"),
        "array.json": (b"[" + ndjson(ROWS).replace(b"\n", b",") + b"{}]", "is a JSON array"),
        "header.csv": (csv(ROWS).replace(b"activeMs", b"millis"), f"the header must be {HEADER}"),
        "semicolons.csv": (csv(ROWS).replace(b",", b";"), "separated by commas"),
        "prose.txt": (b"Dear reader,\nthis is a letter.\n", "is neither NDJSON nor CSV"),
        "plain.csv.gz": (csv(ROWS), "is no gzip file"),
    }
    names = [loader.file(name, content) for name, (content, _) in bad.items()]
    done = loader.load(*names, loader.file("good.csv", csv(ROWS)))
    assert done.code == 1
    assert counts(done) == {"accepted": 3, "duplicates": 0, "replaced": 0, "rejected": 0}
    lines = complaints(done)
    assert len(lines) == len(bad)
    for line, (name, (_, said)) in zip(lines, bad.items(), strict=True):
        assert name in line
        assert said in line


@pytest.mark.parametrize(("name", "said"), [("", "is a folder"), ("missing.csv", "No such file")])
async def test_a_path_without_a_file_is_refused_before_anything_is_loaded(loader: Loader, name: str, said: str) -> None:
    done = loader.load(loader.file("good.csv", csv(ROWS)), str(loader.folder / name))
    assert (done.code, done.out) == (1, "")
    assert said in done.err
    assert await loader.rows() == []


async def test_what_came_before_a_cut_in_a_gzip_file_is_kept_and_said(loader: Loader) -> None:
    packed = gzip.compress(csv(many(20_000)))
    done = loader.load(loader.file("cut.csv.gz", packed[: len(packed) // 2]))
    assert done.code == 1
    accepted = counts(done)["accepted"]
    assert 0 < accepted < 20_000
    assert f"the gzip data is damaged or cut short, after line {accepted + 1}." in done.err
    assert len(await loader.rows()) == accepted


async def test_an_unknown_client_is_refused(loader: Loader) -> None:
    name = loader.file("good.csv", csv(ROWS))
    done = run("load", name, "--client", str(UUID(int=7)), "--kind", "usage", env=loader.env)
    assert (done.code, done.out) == (1, "")
    assert "There is no client" in done.err


async def test_batches_leave_the_sums_exact_wherever_they_cut(loader: Loader) -> None:
    rows = [*many(700), *many(100)]
    done = loader.load(loader.file("rows.ndjson", ndjson(rows, MAPS)), "--batch", "33")
    assert counts(done) == {"accepted": 700, "duplicates": 100, "replaced": 0, "rejected": 0}
    stored = await loader.rows(MAPS)
    by_day: dict[object, list[int]] = {}
    for day, _, ms, sessions in stored:
        by = by_day.setdefault(day, [0, 0, 0])
        assert isinstance(ms, int)
        assert isinstance(sessions, int)
        by[0], by[1], by[2] = by[0] + ms, by[1] + sessions, by[2] + 1
    assert await loader.rows(MAPS, SUMS) == [(day, *by) for day, by in sorted(by_day.items(), key=str)]


async def test_a_killed_load_leaves_whole_batches_and_the_next_one_the_rest(loader: Loader) -> None:
    rows = many(900)
    words = [*loader.words("-"), "--batch", "100"]
    async with started(*words, env=loader.env, stdin=asyncio.subprocess.PIPE) as running:
        assert running.process.stdin is not None
        running.process.stdin.write(ndjson(rows[:850]))
        await running.process.stdin.drain()
        await eventually(loader.rows)
        running.process.kill()
        await running.process.wait()
    kept = len(await loader.rows())
    assert kept % 100 == 0
    done = loader.load("-", stdin=ndjson(rows))
    assert counts(done) == {"accepted": 900 - kept, "duplicates": kept, "replaced": 0, "rejected": 0}
    assert len(await loader.rows()) == 900


async def test_a_database_that_restarts_in_the_middle_costs_no_row(settings: Settings, tmp_path: Path) -> None:
    rows = many(400)
    with tempfile.TemporaryDirectory(prefix="plx-", ignore_cleanup_errors=True) as home, Embedded(Path(home)) as server:
        urls = Urls(server.dsn, *Roles.of(settings).urls(server.dsn))
        await prepare(settings, urls)
        async with Database(settings, urls.reading, urls.writing) as db:
            await seed(db)
        loader = Loader(urls, settings, tmp_path)
        words = [*loader.words("-"), "--batch", "100"]
        async with started(*words, env=loader.env, stdin=asyncio.subprocess.PIPE) as running:
            stdin = running.process.stdin
            assert stdin is not None
            # One batch is being read while another is stored: the third makes the first one appear.
            stdin.write(ndjson(rows[:300]))
            await stdin.drain()
            await eventually(loader.rows)
            pid = int((server.data_dir / "postgres/data/postmaster.pid").read_text().split()[0])
            os.kill(pid, signal.SIGKILL)
            stdin.write(ndjson(rows[300:]))
            stdin.close()
            await asyncio.to_thread(server.start)
            assert await running.ends() == 0, running.said
            told = json.loads(running.said.splitlines()[-1])
        assert told["accepted"] + told["duplicates"] == 400
        assert len(await loader.rows()) == 400


async def test_a_database_that_stays_away_is_told_with_how_far_it_got(loader: Loader) -> None:
    env = loader.env | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    done = run(*loader.words("-"), env=env, stdin=ndjson(ROWS))
    assert (done.code, done.out) == (1, "")
    assert "DATABASE_URL" in done.err
    assert "Traceback" not in done.err


async def test_ctrl_c_ends_a_load_that_waits_for_more_input(loader: Loader) -> None:
    words = [*loader.words("-"), "--batch", "100"]
    async with started(*words, env=loader.env, stdin=asyncio.subprocess.PIPE) as running:
        assert running.process.stdin is not None
        running.process.stdin.write(ndjson(many(250)))
        await running.process.stdin.drain()
        await eventually(loader.rows)
        assert await running.ends(signal.SIGINT) == 130
        assert re.fullmatch(r"Load [0-9a-f-]{36} of -\n", running.said)


async def test_notes_keep_their_own_rows(loader: Loader) -> None:
    before = await loader.rows(NOTES)
    loader.load("-", stdin=csv(ROWS))
    assert await loader.rows(NOTES) == before
