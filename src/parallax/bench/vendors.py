"""`bench vendors`: what vendors cost a gateway, against the sandbox at a latency that is told.

The gateway on one core; PostgreSQL, the sandbox and the callers on another. A round asks for days that no round before it
asked for, so that nothing is kept; the calls that it took are then made once more by hand, each by itself: the slowest of
them is what nobody can be quicker than.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

from parallax.bench import asking, ground, processes
from parallax.bench.fleet import Server, first_answer, fleet
from parallax.bench.ground import CLIENT, Ground, app_id
from parallax.bench.measured import Figures, Findings, Goal, Machine, Ratio
from parallax.bench.operations import Operation
from parallax.bench.rows import Shape
from parallax.db import connected
from parallax.sandbox.faults import Fault, Kind
from parallax.sandbox.options import Options as Sandboxed
from parallax.sandbox.options import SensorTowerSwitches
from parallax.sandbox.products import PRODUCTS
from parallax.sandbox.server import Sandbox
from parallax.sandbox.server import running as sandbox

APPS: Final = 50
DAYS: Final = 28
SHAPE: Final = Shape(rows=100_000, apps=APPS, days=400, users=2000, skew=0.5)
LEAST_CALLS: Final = 5
"""Four windows of a week for downloads and revenue, one call for active users (docs/vendors.md)."""
AT_ONCE: Final = 200
DEADLINE_S: Final = 1.0
LINKS: Final = """
insert into app_link (client_id, id, application_id, system, store, key, created_by)
select $1, * from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[]), (values ('bench')) as maker
"""
OURS: Final = """query Ours($client: ID!, $period: PeriodInput!) { client(id: $client) { apps(first: 50) { nodes {
  a: activity(metric: ACTIVE_TIME, period: $period) { values }
  b: activity(metric: SESSION_COUNT, period: $period) { values }
  c: activity(metric: USER_COUNT, period: $period) { values } } } } }"""
THEIRS: Final = """query Theirs($client: ID!, $period: PeriodInput!) { client(id: $client) { apps(first: 50) { nodes {
  sensorTower { a: estimate(name: DOWNLOADS, period: $period) { values }
  b: estimate(name: REVENUE, period: $period) { values }
  c: estimate(name: ACTIVE_USERS, period: $period) { values } } } } } }"""
BOTH: Final = """query Both($client: ID!, $app: ID!, $period: PeriodInput!) { client(id: $client) { app(id: $app) {
  activity(metric: ACTIVE_TIME, period: $period) { values }
  sensorTower { estimate(name: DOWNLOADS, period: $period) { values } }
  kaon { engagements(period: $period) { values } } } } }"""


@dataclass(frozen=True, slots=True)
class Options:
    rounds: int = 5
    latency_ms: float = 150.0
    seconds: float = 1.0
    """Of each run in a closed loop."""


def run(options: Options, say: Callable[[str], None]) -> Findings:
    processes.needs_linux()
    machine = Machine.here()
    core, others = processes.cores()
    processes.pin(0, others)
    with ground.served(SHAPE, others) as place, TemporaryDirectory(prefix="plx-bench-") as folder:
        found = processes.run_loop(_measured(options, place, core, Path(folder), say))
    return replace(found, machine=machine)


async def _measured(options: Options, place: Ground, core: int, folder: Path, say: Callable[[str], None]) -> Findings:
    await ground.fill(place)
    await _linked(place)
    now = datetime.combine(SHAPE.last_day, clock(12), UTC)
    # The windows of six calls a second are not what is measured here.
    sandboxed = Sandboxed(now=now, sensor_tower=SensorTowerSwitches(per_second=None), latency_ms=options.latency_ms)
    async with sandbox(sandboxed) as vendors:
        account = vendors.sensor_tower.accounts["first"]
        extra = {
            "PARALLAX_SENSOR_TOWER_URL": vendors.sensor_tower.url,
            "PARALLAX_KAON_URL": vendors.kaon.url,
            "PARALLAX_VENDOR_ALLOW_HOSTS": vendors.hosts,
            "PARALLAX_SENSOR_TOWER_AUTH_TOKEN": account.token,
            "PARALLAX_KAON_API_KEY": vendors.kaon.accounts["first"].api_key,
            "PARALLAX_VENDOR_DEADLINE_SECONDS": str(DEADLINE_S),
            "PARALLAX_TEST_CLOCK": "false",
        }
        with fleet(place, ("ours",), core, folder, {}, **extra) as servers:
            server = servers["ours"]
            await first_answer(server, asked("Ours", OURS, _period(0)).request())
            rounds = Rounds(options, server, vendors, account.token)
            for number in range(options.rounds):
                say(f"round {number + 1} of {options.rounds}")
                await rounds.one(number)
            return rounds.findings()


def asked(name: str, text: str, period: dict[str, str], **more: str) -> Operation:
    return Operation(name, "", text, {"client": str(CLIENT), "period": period, **more}, None)


def _period(number: int) -> dict[str, str]:
    """Four weeks of their own, from the first Monday on."""
    first = date(2025, 1, 6) + timedelta(days=DAYS * number)
    return {"start": first.isoformat(), "end": (first + timedelta(days=DAYS - 1)).isoformat()}


async def _linked(place: Ground) -> None:
    apps = [app_id(number) for number in range(APPS)]
    keys = [product.unified for product in PRODUCTS[:APPS]]
    async with connected(place.superuser_url, search_path="parallax") as database:
        await database.rows(
            LINKS, CLIENT, [uuid4() for _ in apps], apps, ["SENSOR_TOWER"] * APPS, ["UNIFIED"] * APPS, keys
        )
        await database.rows(LINKS, CLIENT, [uuid4()], apps[:1], ["KAON"], [None], [PRODUCTS[0].kaon])


class Rounds:
    def __init__(self, options: Options, server: Server, vendors: Sandbox, token: str) -> None:
        self._options, self._server, self._vendors, self._token = options, server, vendors, token
        self._rows: list[tuple[Any, ...]] = []
        self._first: list[float] = []
        self._again: list[float] = []
        self._late: list[float] = []
        self._throughput: list[float] = []
        self._calls: list[tuple[int, int, int]] = []

    async def one(self, number: int) -> None:
        tower, port = self._vendors.sensor_tower, self._server.port
        theirs, ours = (asked(name, text, _period(2 * number)) for name, text in (("Theirs", THEIRS), ("Ours", OURS)))
        tower.calls.clear()
        began = time.perf_counter()
        body = await first_answer(self._server, theirs.request())
        first_s, made = time.perf_counter() - began, list(tower.calls)
        slowest_s = max([await self._by_hand(call.path, call.parameters) for call in made])
        tower.calls.clear()
        again = await asking.closed_loop(port, theirs.request(), 1, self._options.seconds, 5, len(body))
        called_again = len(tower.calls)
        own = await first_answer(self._server, ours.request())
        equal = await asking.closed_loop(port, ours.request(), 1, self._options.seconds, 5, len(own))
        tower.calls.clear()
        other = asked("Theirs", THEIRS, _period(2 * number + 1)).request()
        await asyncio.gather(*(asking.once(port, other) for _ in range(AT_ONCE)))
        self._calls.append((len(made), called_again, len(tower.calls)))
        self._first.append(first_s / slowest_s)
        self._again.append(median(again.latencies_s) / median(equal.latencies_s))
        late_s, kept = await self._with_one_hanging(ours.request(), len(own))
        self._late.append(late_s / DEADLINE_S)
        self._throughput.append(kept)
        shown = (first_s, slowest_s, median(again.latencies_s), median(equal.latencies_s), late_s)
        self._rows.append((number + 1, *(round(each * 1000, 1) for each in shown), *self._calls[-1], round(kept, 3)))

    async def _by_hand(self, path: str, parameters: dict[str, list[str]]) -> float:
        """Seconds that one call takes for whoever makes it himself."""
        url = f"{path}?{urlencode({**parameters, 'auth_token': self._token}, doseq=True)}"
        host = self._vendors.sensor_tower.url.removeprefix("http://")
        request = f"GET {url} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\n\r\n"
        began = time.perf_counter()
        await asking.once(int(host.rpartition(":")[2]), request.encode())
        return time.perf_counter() - began

    async def _with_one_hanging(self, own: bytes, length: int) -> tuple[float, float]:
        """How long the answer takes in which Kaon hangs; and the part of the throughput that other queries keep."""
        both = asked("Both", BOTH, _period(0), app=str(app_id(0))).request()
        port, seconds = self._server.port, 2 * self._options.seconds
        before = await asking.closed_loop(port, own, 4, seconds, 5, length)
        self._vendors.kaon.faults(Fault(kind=Kind.HANG))
        stopped = asyncio.Event()

        async def hanging() -> None:
            while not stopped.is_set():
                await asking.once(port, both)

        try:
            began = time.perf_counter()
            _, answer = await asking.once(port, both)
            late_s = time.perf_counter() - began
            shown = json.loads(answer)["data"]["client"]["app"]
            assert (shown["activity"] is None, shown["kaon"]["engagements"]) == (False, None), answer[:500]
            waiting = asyncio.create_task(hanging())
            during = await asking.closed_loop(port, own, 4, seconds, 5, length)
            stopped.set()
            await waiting
        finally:
            self._vendors.kaon.clear_faults()
        return late_s, (len(during.latencies_s) / during.took_s) / (len(before.latencies_s) / before.took_s)

    def findings(self) -> Findings:
        calls = [tuple(float(each[place]) for each in self._calls) for place in range(3)]
        ratios = [
            Ratio("first time / the slowest call by hand", tuple(self._first), Goal(1.3, at_most=True)),
            Ratio("calls / fewest that the contract allows", tuple(n / LEAST_CALLS for n in calls[0]), Goal(1, True)),
            Ratio("asked again / an equal query over own data", tuple(self._again), Goal(1.2, at_most=True)),
            Ratio("calls when asked again", calls[1], Goal(0, at_most=True)),
            Ratio(f"calls of {AT_ONCE} at once / of one", tuple(n / LEAST_CALLS for n in calls[2]), Goal(1, True)),
            Ratio("one vendor hangs: answer / deadline", tuple(self._late), Goal(1.1, at_most=True)),
            Ratio("one vendor hangs: throughput of others", tuple(self._throughput), Goal(0.95)),
        ]
        columns = (
            "round", "first ms", "slowest call ms", "again ms", "own data ms", "with a hanging vendor ms",
            "calls first", "calls again", f"calls of {AT_ONCE}", "throughput kept",
        )  # fmt: skip
        figures = Figures(f"{APPS} apps x 3 measures x {DAYS} days", columns, self._rows)
        return Findings("vendors", ratios, [figures], Machine.here(), {"latencyMs": self._options.latency_ms})
