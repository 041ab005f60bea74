"""The questions of `bench analyses` as operations that a gateway is asked through HTTP, again and again."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from parallax.bench import asking, processes
from parallax.bench.analysis import Analysis
from parallax.bench.fleet import first_answer, fleet
from parallax.bench.ground import CLIENT, Ground
from parallax.bench.measured import Figures
from parallax.bench.metric_questions import Answer
from parallax.bench.operations import Operation
from parallax.bench.timed import agreed

LEAST: Final = 5
"""How often each is asked, however long it takes."""


def operation(asked: Analysis) -> Operation:
    return Operation("Asked", asked.name, f'query Asked {{ client(id: "{CLIENT}") {{ {asked.field} }} }}', {}, None)


def shown(body: bytes) -> Answer:
    """The numbers of an answer, in their order; null is 0, as it is everywhere here."""

    def leaves(node: Any) -> Iterator[float]:
        if isinstance(node, Mapping | list):
            for each in node.values() if isinstance(node, Mapping) else node:
                yield from leaves(each)
        else:
            yield float(node or 0)

    return list(leaves(json.loads(body)["data"]))


async def through_http(
    place: Ground,
    right: Mapping[Analysis, Answer],
    seconds: float,
    core: int,
    others: int,
    folder: Path,
    say: Callable[[str], None],
) -> Figures:
    """`right`: what each question is answered with. The server is on one core, PostgreSQL and the caller on another."""
    rows: list[tuple[Any, ...]] = []
    processes.pin(0, others)
    try:
        with fleet(place, ("ours",), core, folder, {}) as servers:
            server = servers["ours"]
            for asked, answer in right.items():
                say(f"{asked.name}, through HTTP")
                request = operation(asked).request()
                body = await first_answer(server, request)
                agreed(asked.name, answer, {"the gateway through HTTP": shown(body)})
                window = await asking.closed_loop(server.port, request, 1, seconds, LEAST, len(body))
                p50, p99 = (round(window.percentile_ms(part), 2) for part in (0.5, 0.99))
                rows.append((asked.name, p50, p99, len(body), window.errors))
    finally:
        processes.pin(0, core)
    columns = ("question", "p50 ms", "p99 ms", "bytes", "errors")
    return Figures("Through HTTP, one connection, asked again", columns, rows)
