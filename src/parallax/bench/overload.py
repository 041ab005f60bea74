"""`bench overload`: what becomes of a gateway that is asked three times what it can answer, or far too much by one caller.

One gateway on one core; callers and PostgreSQL on another. The callers ask by the clock a mix of small and large
operations. Each round finds anew what the gateway can answer in a closed loop, since other work on the machine changes
it; what counts are the ratios within a round.
"""

import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from math import isnan
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import uuid4

import orjson
import uvicorn

from parallax import telemetry
from parallax.access.tokens import hashed, new_secret
from parallax.bench import asking, ground, processes
from parallax.bench.fleet import first_answer, fleet
from parallax.bench.ground import CLIENT, TOKEN, Ground
from parallax.bench.measured import Figures, Findings, Goal, Machine, Ratio
from parallax.bench.openloop import Asking, Callers, Mix, Stream, Window, percentile
from parallax.bench.operations import SHAPE, operations
from parallax.db import connected
from parallax.http.sockets.wire import flags
from parallax.installation import located
from parallax.settings import load

SHARES: Final = {"Small": 60.0, "DashValues": 30.0, "Dash": 8.0, "Apps": 2.0}
"""Of a hundred requests: pages that look something up, dashboards, now and then a large report."""
AT_ONCE: Final = 8
USUAL, OVERLOAD = 0.7, 3.0
SHED_MS, LATE_MS = 50.0, 10.0
MORE_WAITING: Final = 300
"""Connections beyond those that the gateway lets wait: on their way, or being turned away."""
BUDGET, WITHIN, BEYOND = 0.15, 0.8, 10.0
"""Of what the gateway can answer: a token's budget; and of that what callers within it ask, and one beyond it."""
MADE = "insert into api_token (id, name, secret_hash) values ($1, $2, $3)"
OPENS = "insert into api_token_grant values ($2, $1, 'VIEWER')"
KEPT_S = 3600


@dataclass(frozen=True, slots=True)
class Options:
    """Seconds: `seconds` of each measured stretch; `settle` from the beginning of overload, and `calm` from its end, until
    the gateway must have found its pace; `drain` for a caller to spend what its token had saved.
    """

    rounds: int = 3
    seconds: float = 8.0
    settle: float = 3.0
    calm: float = 5.0
    drain: float = 15.0
    rows: int = SHAPE.rows


@dataclass(slots=True)
class Rounds:
    """Ratios by name, and rows of the table."""

    ratios: dict[str, tuple[list[float], Goal | None]] = field(default_factory=dict)
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    capacities: list[float] = field(default_factory=list)

    def found(self, what: str, ratio: float, goal: Goal | None = None) -> None:
        self.ratios.setdefault(what, ([], goal))[0].append(ratio)

    def tell(self, number: int, what: str, window: Window) -> None:
        statuses = window.statuses()
        shown = (window.took_ms(0.5, 200), window.took_ms(0.95, 200), window.took_ms(0.99, 200))
        self.rows.append(
            (
                number + 1,
                what,
                round(len(window.answers) / window.seconds, 1),
                round(window.rate(200), 1),
                *map(_shown, shown),
                statuses[503] + statuses[429],
                _shown(window.took_ms(0.99, 503, 429)),
                sum(statuses.values()) - statuses[200] - statuses[503] - statuses[429],
            )
        )


def _shown(value: float) -> float | None:
    """None for a percentile of nothing."""
    return None if isnan(value) else round(value, 1)


COLUMNS = (
    "round", "stretch", "asked/s", "answers/s", "p50 ms", "p95 ms", "p99 ms", "shed", "p99 ms of shed", "broken",
)  # fmt: skip


def run(options: Options, say: Callable[[str], None]) -> Findings:
    processes.needs_linux()
    machine = Machine.here()
    core, others = processes.cores()
    processes.pin(0, others)
    rounds = Rounds()
    with ground.served(SHAPE.resized(options.rows), others) as place, TemporaryDirectory(prefix="plx-bench-") as folder:
        processes.run_loop(_measured(options, place, core, Path(folder), rounds, say))
    ratios = [Ratio(what, tuple(found), goal) for what, (found, goal) in rounds.ratios.items()]
    return Findings("overload", ratios, [Figures("Stretches", COLUMNS, rounds.rows)], machine, {"mix": SHARES})


async def _measured(
    options: Options, place: Ground, core: int, folder: Path, rounds: Rounds, say: Callable[[str], None]
) -> None:
    await ground.fill(place)
    mix = _mix(place, TOKEN)
    with fleet(place, ("ours",), core, folder, {}, __name__, PARALLAX_RATE_LIMIT="off") as servers:
        for part in mix.parts:
            await first_answer(servers["ours"], part.request)
        units = await _cost(servers["ours"].port, mix)
        for number in range(options.rounds):
            say(f"Round {number + 1}: overload")
            await _overloaded(options, servers["ours"].port, place.settings.queue, mix, number, rounds)
    budget = BUDGET * median(rounds.capacities)
    limit = str(max(1, round(budget * units * 60)))
    with fleet(place, ("ours",), core, folder, {}, __name__, PARALLAX_RATE_LIMIT=limit) as servers:
        await first_answer(servers["ours"], mix.parts[0].request)
        for number in range(options.rounds):
            say(f"Round {number + 1}: one caller beyond its budget")
            await _unfair(options, place, servers["ours"].port, budget, number, rounds)


# ---------------------------------------------------------------- overload
async def _overloaded(options: Options, port: int, queue: int, mix: Mix, number: int, rounds: Rounds) -> None:
    async with Callers(port, queue + MORE_WAITING, number) as callers:
        peak = await callers.closed_loop(mix, AT_ONCE, options.seconds / 2)
        capacity = peak.rate(200)
        rounds.capacities.append(capacity)
        usual, beyond = USUAL * capacity, OVERLOAD * capacity
        lasts = options.settle + options.seconds
        after = options.calm + options.seconds
        [window] = await callers.open_loop(
            Stream(mix, ((options.seconds, usual), (lasts, beyond), (after, usual))),
        )
    begins, ends = options.seconds, options.seconds + lasts
    before, beginning = window.part(0, begins), window.part(begins, begins + options.settle)
    overload = window.part(begins + options.settle, ends)
    calming, calm = window.part(ends, ends + options.calm), window.part(ends + options.calm, ends + after)
    for what, part in (
        (f"closed loop of {AT_ONCE}", peak),
        (f"{USUAL:.0%}", before),
        (f"{OVERLOAD:g}x, first {options.settle:g} s", beginning),
        (f"{OVERLOAD:g}x", overload),
        (f"{USUAL:.0%}, first {options.calm:g} s after", calming),
        (f"{USUAL:.0%}, then", calm),
    ):
        rounds.tell(number, what, part)
    at_ease = before.took_ms(0.99, 200)
    away = [each for each in window.answers if each.status in (429, 503)]
    broken = [each for each in window.answers if each.status not in (200, 429, 503)]
    told = sum(each.retry_after for each in away) / len(away) if away else 1.0
    rounds.found("goodput at 3x, of the peak", overload.rate(200) / capacity, Goal(0.8))
    rounds.found(
        "p99 of who is served at 3x, against 70 %", overload.took_ms(0.99, 200) / at_ease, Goal(2, at_most=True)
    )
    rounds.found(
        f"p99 of who is turned away, against {SHED_MS:g} ms",
        max(_shown(each.took_ms(0.99, 503, 429)) or 0.0 for each in (beginning, overload)) / SHED_MS,
        Goal(1, at_most=True),
    )
    rounds.found("told when to come back, of those", told, Goal(1))
    rounds.found("neither served nor turned away", len(broken) / len(window.answers), Goal(0, at_most=True))
    rounds.found(
        f"p99 from {options.calm:g} s after the overload, against before",
        calm.took_ms(0.99, 200) / at_ease,
        Goal(1.5, at_most=True),
    )
    rounds.found("p99 in the beginning of overload, against 70 %", beginning.took_ms(0.99, 200) / at_ease)
    rounds.found(
        f"how late the bench asked: p99, against {LATE_MS:g} ms",
        percentile(window.lags_s, 0.99) * 1000 / LATE_MS,
        Goal(1, at_most=True),
    )


# ---------------------------------------------------------------- fairness
async def _unfair(options: Options, place: Ground, port: int, budget: float, number: int, rounds: Rounds) -> None:
    """The same caller beside one within its budget, and beside one far beyond it."""
    mix, took_ms = _mix(place, TOKEN), dict[str, float]()
    ways = {"within": WITHIN * budget, "beyond": BEYOND * budget}
    for what, rate in ways.items() if number % 2 else reversed(ways.items()):
        other = _mix(place, await _token(place))  # a new one has a whole minute's budget: it is spent first
        spends = ((options.drain, BEYOND * budget), (options.seconds, rate))
        async with Callers(port, MORE_WAITING, number) as callers:
            rates = ((options.drain, 0.0), (options.seconds, WITHIN * budget))
            mine, others = await callers.open_loop(Stream(mix, rates), Stream(other, spends))
        mine = mine.part(options.drain, options.drain + options.seconds)
        rounds.tell(number, f"one, beside another {what} its budget", mine)
        rounds.tell(
            number, f"the other, {what} its budget", others.part(options.drain, options.drain + options.seconds)
        )
        took_ms[what] = mine.took_ms(0.95, 200)
    change = took_ms["beyond"] / took_ms["within"]
    rounds.found("p95 of a caller beside one at 10x its budget, against one within", change, Goal(1.2, at_most=True))


async def _token(place: Ground) -> str:
    """One more, like the bench's own."""
    made, token = uuid4(), new_secret()
    async with connected(place.superuser_url, search_path="parallax") as database:
        await database.rows(MADE, made, str(made), hashed(token))
        await database.rows(OPENS, made, CLIENT)
    return token


# ---------------------------------------------------------------- what is asked
def _mix(place: Ground, token: str) -> Mix:
    known = {each.name: each.request().replace(TOKEN.encode(), token.encode()) for each in operations(place.shape)}
    return Mix(tuple(Asking(name, known[name], share) for name, share in SHARES.items()))


async def _cost(port: int, mix: Mix) -> float:
    """Units of a request, on average."""
    total = 0.0
    for part in mix.parts:
        head, _, body = part.request.partition(b"\r\n\r\n")
        longer = orjson.dumps(orjson.loads(body) | {"extensions": {"cost": True}})
        head = head.replace(b"Content-Length: %d" % len(body), b"Content-Length: %d" % len(longer))
        _, answer = await asking.once(port, head + b"\r\n\r\n" + longer)
        total += orjson.loads(answer)["extensions"]["cost"]["estimated"] * part.share
    return total / sum(part.share for part in mix.parts)


# ---------------------------------------------------------------- the gateway
def main(_: str, descriptor: str, core: str) -> None:
    """As it is served, but that it keeps idle connections for as long as the bench runs."""
    from parallax.server import app

    processes.pin(0, int(core))
    settings = load()
    telemetry.configure_logs(settings.log_level)
    with located(settings) as urls:
        chosen = flags() | {"timeout_keep_alive": KEPT_S, "backlog": 2048}
        config = uvicorn.Config(app(settings, urls), loop="uvloop", **chosen)
        uvicorn.Server(config).run([socket.socket(fileno=int(descriptor))])


if __name__ == "__main__":
    main(*sys.argv[1:])
