"""`parallax demo` as a newcomer meets it: started, stopped, killed, started again."""

import asyncio
import json
import os
import re
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from parallax.demo.batches import batches_of, declared_of
from parallax.demo.cast import CLIENTS, Client
from parallax.demo.reports import reports_of
from parallax.embedded import processes
from parallax.embedded.cluster import Cluster
from parallax.engine.batches import Batch
from parallax.engine.frames import EVENTS, LOGS
from parallax.http.explorer import example_operations
from parallax.sandbox.beside import beside, keys_of_apps
from parallax.sandbox.options import Options
from tests.verbs import Running, around, run, started

TOTALS = """
query ($period: PeriodInput!) {
  viewer { clients { nodes { name timeZone apps { nodes { name
    activity(metric: ACTIVE_TIME, period: $period) { total }
    people: activity(metric: USER_COUNT, period: $period) { values }
  } } } } }
}
"""


@asynccontextmanager
async def demo(folder: Path, **settings: str) -> AsyncIterator[tuple[Running, httpx.AsyncClient]]:
    """A running demo, and a caller with the token that it printed."""
    env = around(PARALLAX_DATA_DIR=str(folder), **settings)
    async with started("demo", "--port", "0", env=env) as running:
        said = await running.until("Stop ")
        found = re.search(r"(http://127\.0\.0\.1:\d+)/graphql#token=(plx_[\w-]{43})\n", said)
        assert found is not None
        bearer = {"authorization": f"Bearer {found[2]}"}
        async with httpx.AsyncClient(base_url=found[1], headers=bearer, timeout=30) as http:
            yield running, http


async def totals(http: httpx.AsyncClient, first: date, last: date) -> object:
    period = {"start": str(first), "end": str(last)}
    answer = (await http.post("/graphql", json={"query": TOTALS, "variables": {"period": period}})).json()
    assert "errors" not in answer, answer
    return answer["data"]["viewer"]["clients"]["nodes"]


def servers(folder: Path) -> list[int]:
    """Processes of the demo's PostgreSQL."""
    return list(processes._ours(Cluster(folder.resolve())))


async def test_a_demo_is_ready_to_use_and_keeps_its_data_whatever_ends_it(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    last = datetime.now(ZoneInfo("America/Sao_Paulo")).date() - timedelta(days=1)
    first = last - timedelta(days=59)
    async with demo(folder) as (running, http):
        token = http.headers["authorization"]
        seen = await totals(http, first, last)
        assert seen == expected(first, last)
        for example in example_operations():
            query = str(example["query"])
            if "mutation" not in query and "subscription" not in query:  # these need an id that a person fills in
                assert "errors" not in (await http.post("/graphql", json={"query": query})).json(), example["title"]
        assert await _events(http) > 240_000
        assert await _links(http) == expected_links()
        vendors = re.findall(r"\((http://127\.0\.0\.1:\d+)\)", running.said)
        assert [(await http.get(f"{vendor}/control/calls")).status_code for vendor in vendors] == [200] * 3
        await _added(http, last)
        assert (folder / "demo.json").stat().st_mode & 0o777 == 0o600
        running.process.kill()
        await running.process.wait()
    await _ends(vendors[0])

    async with demo(folder) as (running, http):
        assert http.headers["authorization"] == token
        assert await _names(http) >= {client.name for client in CLIENTS}
        assert await totals(http, first, last) != seen, "what a user added is still there"
        assert await running.ends(signal.SIGINT) == 0
    assert servers(folder) == []
    assert "Traceback" not in running.said

    # What its user does to it stays, and a start after some days adds those days.
    memory = json.loads((folder / "demo.json").read_text())
    gone = CLIENTS[2]
    done = run("client", "delete", str(gone.id), "--yes", env=around(PARALLAX_DATA_DIR=str(folder)))
    assert done.code == 0, done.err
    ledger = str(CLIENTS[0].apps[0].id)
    listed = run("app", "links", ledger, "--json", env=around(PARALLAX_DATA_DIR=str(folder)))
    for link in json.loads(listed.out):
        assert run("app", "unlink", ledger, link["id"], env=around(PARALLAX_DATA_DIR=str(folder))).code == 0
    (folder / "demo.json").write_text(json.dumps(memory | {"filled": dict.fromkeys(memory["filled"], str(first))}))
    async with demo(folder) as (running, http):
        assert gone.name not in await _names(http)
        assert (await _links(http)).get("Ledger") == [], "what its user took away stays away"
        assert await running.ends(signal.SIGTERM) == 0

    await _reset(folder)


async def _reset(folder: Path) -> None:
    env = around(PARALLAX_DATA_DIR=str(folder))
    refused = run("demo", "--reset", "--port", "0", env=env)
    assert refused.code == 1
    assert "--yes" in refused.err
    (folder / "holiday.jpg").write_text("dear to somebody")
    refused = run("demo", "--reset", "--yes", "--port", "0", env=env)
    assert refused.code == 1
    assert "holiday.jpg" in refused.err
    (folder / "holiday.jpg").unlink()
    key = (folder / "secret.key").read_text()
    async with started("demo", "--reset", "--yes", "--port", "0", env=env) as running:
        await running.until("First start")
        await running.ends(signal.SIGINT)
    assert servers(folder) == []
    assert not (folder / "secret.key").exists() or (folder / "secret.key").read_text() != key


async def _names(http: httpx.AsyncClient) -> set[str]:
    answer = await http.post("/graphql", json={"query": "{ viewer { clients { nodes { name } } } }"})
    return {client["name"] for client in answer.json()["data"]["viewer"]["clients"]["nodes"]}


async def _events(http: httpx.AsyncClient) -> float:
    """Of the first client, over 120 days."""
    query = 'query ($c: ID!) { client(id: $c) { metric(name: EVENTS, period: {last: "120d"}) { total } } }'
    answer = await http.post("/graphql", json={"query": query, "variables": {"c": str(CLIENTS[0].id)}})
    total: float = answer.json()["data"]["client"]["metric"]["total"]
    return total


async def _ends(url: str) -> None:
    """The vendors end with whoever started them, however that ended."""
    async with asyncio.timeout(30), httpx.AsyncClient() as http:
        with suppress(httpx.TransportError):
            while True:
                await http.get(f"{url}/control/calls")


async def _links(http: httpx.AsyncClient) -> dict[str, list[tuple[str, str]]]:
    """By app: at which vendors it is what."""
    query = "{ viewer { clients { nodes { apps { nodes { name links { system key createdBy } } } } } } }"
    answer = (await http.post("/graphql", json={"query": query})).json()
    found = {}
    for client in answer["data"]["viewer"]["clients"]["nodes"]:
        for app in client["apps"]["nodes"]:
            assert {link["createdBy"] for link in app["links"]} <= {"demo"}
            found[app["name"]] = sorted((link["system"], link["key"]) for link in app["links"])
    return found


def expected_links() -> dict[str, list[tuple[str, str]]]:
    names = {app.id: app.name for client in CLIENTS for app in client.apps}
    return {names[app]: sorted((key.system.name, key.key) for key in keys) for app, keys in keys_of_apps().items()}


async def _added(http: httpx.AsyncClient, day: date) -> None:
    """A report of the user's own."""
    client, app = CLIENTS[0].id, CLIENTS[0].apps[0].id
    row = {"app": str(app), "user": "newcomer", "date": str(day), "activeMs": 12345, "sessions": 1}
    query = "mutation ($c: ID!, $r: [UsageReportInput!]!) { usageTrack(client: $c, reports: $r) { accepted } }"
    answer = await http.post("/graphql", json={"query": query, "variables": {"c": str(client), "r": [row]}})
    assert answer.json() == {"data": {"usageTrack": {"accepted": 1}}}


def expected(first: date, last: date) -> object:
    """What `totals` answers for the example data alone."""
    clients = []
    for client in sorted(CLIENTS, key=lambda each: each.name):
        reports = list(reports_of(client, first, last))
        apps = []
        for app in sorted(client.apps, key=lambda each: each.name):
            own = [report for report in reports if report.app == app.id]
            days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
            people = [float(len({report.user for report in own if report.date == day})) for day in days]
            total = float(sum(report.active_ms for report in own))
            apps.append({"name": app.name, "activity": {"total": total}, "people": {"values": people}})
        clients.append({"name": client.name, "timeZone": client.time_zone, "apps": {"nodes": apps}})
    return clients


# ---------------------------------------------------------------- the example data


def test_the_same_day_has_the_same_rows_whenever_it_is_made() -> None:
    client = CLIENTS[0]
    whole = list(reports_of(client, date(2026, 3, 1), date(2026, 3, 31)))
    alone = list(reports_of(client, date(2026, 3, 17), date(2026, 3, 17)))
    assert [row[1:] for row in alone] == [row[1:] for row in whole if row.date == date(2026, 3, 17)]
    assert len({(row.app, row.user, row.date) for row in whole}) == len(whole)


@pytest.mark.parametrize("last", [date(2026, 11, 21), date(2028, 2, 29), date(2033, 7, 1)])
def test_400_days_are_enough_to_look_at_and_few_enough_to_start_with(last: date) -> None:
    first = last - timedelta(days=399)
    rows = sum(1 for client in CLIENTS for _ in reports_of(client, first, last))
    assert 40_000 < rows < 80_000


def test_the_cast_has_the_hard_zones_and_silences() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    offsets = {now.astimezone(ZoneInfo(client.time_zone)).utcoffset() for client in CLIENTS}
    assert timedelta(hours=5, minutes=45) in offsets
    assert any(offset is not None and offset < timedelta(0) for offset in offsets)
    assert sum(len(client.apps) for client in CLIENTS) == 12
    year = {app.id: set[date]() for client in CLIENTS for app in client.apps}
    for client in CLIENTS:
        for row in reports_of(client, date(2026, 1, 1), date(2026, 12, 31)):
            year[row.app].add(row.date)
    assert sum(not days for days in year.values()) == 1
    assert any(0 < len(days) < 365 - 14 for days in year.values())


def everything(client: Client, last: date, days: int = 120) -> tuple[list[Batch], list[Batch]]:
    """Batches of events and of logs up to the end of a day."""
    made = list(batches_of(client, last - timedelta(days=days - 1), last, now_us=2**62))
    return [batch for batch in made if batch.stream == EVENTS], [batch for batch in made if batch.stream == LOGS]


def named(batches: list[Batch]) -> Counter[str]:
    """How often each event, or level, came."""
    found: Counter[str] = Counter()
    for batch in batches:
        texts = {number: name for name, number in batch.names.numbers.items()}
        found.update(texts[code] for code in batch.names.codes)
    return found


@pytest.mark.parametrize("last", [date(2026, 11, 21), date(2027, 3, 1)])
def test_the_first_client_has_some_300_000_events_of_some_8_000_people(last: date) -> None:
    events, logs = everything(CLIENTS[0], last)
    people = {user for batch in events for user in batch.users.numbers if user.startswith("user-")}

    assert 240_000 < sum(map(len, events)) < 380_000
    assert 6_500 < len(people) < 10_500
    assert len(named(events)) == 14
    assert named(logs)["ERROR"] > 300
    assert set(named(logs)) >= {"DEBUG", "INFO", "WARNING", "ERROR"}


def test_the_same_day_has_the_same_events_whenever_it_is_made_but_those_that_are_still_to_come() -> None:
    [whole], _ = everything(CLIENTS[1], date(2026, 3, 31), days=31)
    noon_us = int(datetime(2026, 3, 31, 12, tzinfo=UTC).timestamp() * 1e6)
    [cut, _] = batches_of(CLIENTS[1], date(2026, 3, 30), date(2026, 3, 31), noon_us)
    at = dict(zip(whole.ids, whole.at, strict=True))

    assert len(at) == len(whole)
    assert max(cut.at) <= noon_us
    assert {id: at[id] for id in cut.ids} == dict(zip(cut.ids, cut.at, strict=True))


def test_a_release_changes_how_many_orders_are_paid_and_an_outage_shows() -> None:
    client = CLIENTS[0]

    def share(first: date) -> float:
        found = named(everything(client, first + timedelta(days=13), days=14)[0])
        return found["order_paid"] / found["order_placed"]

    release = date(2026, 11, 12)
    assert abs(share(release) - share(release - timedelta(days=14))) > 0.1
    outage, usual = (named(everything(client, day, days=1)[1]) for day in (date(2026, 10, 14), date(2026, 10, 7)))
    assert outage["ERROR"] > 5 * usual["ERROR"]


def test_sessions_cross_midnight_and_some_ids_turn_out_to_be_users() -> None:
    client, zone = CLIENTS[0], ZoneInfo("Europe/Berlin")
    [events], _ = everything(client, date(2026, 3, 20), days=10)
    days: dict[int, set[date]] = {}
    for session, at in zip(events.sessions.codes, events.at, strict=True):
        days.setdefault(session, set()).add(datetime.fromtimestamp(at / 1e6, zone).date())
    assert sum(len(each) > 1 for each in days.values()) > 20

    unknown = {user for user in events.users.numbers if user.startswith("anon-")}
    declared = declared_of(client, date(2026, 3, 11), date(2026, 3, 20), before=True)
    aliases = [alias for row in declared for alias in row.aliases]
    assert unknown
    assert unknown <= set(aliases)
    assert len(aliases) == len(set(aliases)), "an id belongs to one user"
    assert {user for user in events.users.numbers if user not in unknown} <= {row.id for row in declared}


# ---------------------------------------------------------------- where it may live


def test_a_folder_in_use_for_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    env = around(PARALLAX_DATA_DIR=str(tmp_path))
    for words in (["demo"], ["demo", "--reset", "--yes"]):
        done = run(*words, "--port", "0", env=env)
        assert done.code == 1
        assert str(tmp_path) in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_port_that_was_asked_for_and_is_in_use_is_an_error(tmp_path: Path) -> None:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        port = str(door.getsockname()[1])
        done = run("demo", "--port", port, env=around(PARALLAX_DATA_DIR=str(tmp_path / "demo")))
    assert done.code == 1
    assert f"Port {port}" in done.err
    assert not (tmp_path / "demo").exists()


async def test_where_no_port_was_asked_for_the_next_free_one_is_taken(tmp_path: Path) -> None:
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", 8000))
            door.listen()
        except OSError:
            pass  # somebody else's, then
        async with started("demo", env=around(PARALLAX_DATA_DIR=str(tmp_path / "demo"))) as running:
            said = await running.until("Port 8000 is in use: taking ")
            assert int(said.rpartition("taking ")[2].rstrip(".\n")) > 8000
            await running.ends(signal.SIGINT)
    assert servers(tmp_path / "demo") == []


def test_the_environment_cannot_point_the_demo_at_another_database(tmp_path: Path) -> None:
    from parallax.commands.demo import _settings

    before = dict(os.environ)
    os.environ |= {"DATABASE_URL": "postgresql://prod/prod", "PARALLAX_TEST_CLOCK": "1", "PARALLAX_HOST": "0.0.0.0"}
    try:
        chosen = _settings(None, tmp_path, {})
    finally:
        os.environ.clear()
        os.environ |= before
    assert (chosen.database_url, chosen.test_clock, chosen.host) == (None, False, "127.0.0.1")


def test_the_environment_cannot_point_the_demo_at_real_vendors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from parallax.commands.demo import _settings

    real = ("SENSOR_TOWER_URL", "SENSOR_TOWER_AUTH_TOKEN", "KAON_URL", "KAON_API_KEY", "KORE_AI_HOST",
            "KORE_AI_CLIENT_ID", "KORE_AI_CLIENT_SECRET", "VENDOR_ALLOW_HOSTS")  # fmt: skip
    for name in real:
        monkeypatch.setenv(f"PARALLAX_{name}", "https://dear.example")
    with beside(Options()) as vendors:
        chosen = _settings(None, tmp_path, vendors)
        assert "dear.example" not in chosen.model_dump_json()
        secret = chosen.sensor_tower_auth_token
        assert secret is not None
        asked = {"auth_token": secret.get_secret_value()}
        assert httpx.get(f"{chosen.sensor_tower_url}/v1/api_usage", params=asked).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(chosen.kaon_url)
