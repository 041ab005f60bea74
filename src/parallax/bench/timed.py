"""What questions cost: the CPU time of the caller and of the database's connections together. And whether answers agree."""

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from parallax.bench import processes
from parallax.bench.metric_questions import Answer, Asking, differ
from parallax.db import Database
from parallax.engine.caches import kept
from parallax.errors import ParallaxError

LEAST, ENOUGH_S = 3, 2.0
"""How often a way is asked in a round at the least; a slow one, until so many seconds have passed."""


class Differs(ParallaxError):
    """Two ways that answer the same question with different numbers: their times cannot be compared."""


def agreed(question: str, right: Answer, answers: Mapping[str, Answer]) -> None:
    """Raises Differs, saying which question and what differs."""
    for way, answer in answers.items():
        if differ(right, answer):
            pairs = zip(right, answer, strict=False)
            place = next((at for at, (a, b) in enumerate(pairs) if differ([a], [b])), min(len(right), len(answer)))
            theirs, ours = answer[place : place + 5], right[place : place + 5]
            raise Differs(f"{question}: from number {place + 1} on {way} answers {theirs} … where ours is {ours} …")


def dropped(db: Database) -> None:
    """Nothing that was read is kept: a value as large as all memory, to which everything else gives way."""
    kept(db).put("nothing else", 0, None, 2**62)


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """`seconds`: how long a way is asked in a round."""

    postmaster: int
    seconds: float

    async def again_ms(self, ask: Asking) -> float:
        """Asked again and again for a while: milliseconds of CPU each."""
        await ask()  # brings back what the others took out of the caches
        gc.collect()
        database, caller = processes.connections_cpu_s(self.postmaster), time.process_time()
        asked, began = 0, time.perf_counter()
        while self._goes_on(asked, time.perf_counter() - began):
            await ask()
            asked += 1
        return self._spent_ms(database, caller) / asked

    async def after_ms(self, before: Callable[[], None], ask: Asking) -> float:
        """As `again_ms`, with something before each that is not counted."""
        await ask()
        gc.collect()
        spent_ms: list[float] = []
        began = time.perf_counter()
        while self._goes_on(len(spent_ms), time.perf_counter() - began):
            before()
            spent_ms.append(await self.once_ms(ask))
        return sum(spent_ms) / len(spent_ms)

    def _goes_on(self, asked: int, passed_s: float) -> bool:
        return passed_s < self.seconds or (asked < LEAST and passed_s < ENOUGH_S)

    async def once_ms(self, ask: Asking) -> float:
        database, caller = processes.connections_cpu_s(self.postmaster), time.process_time()
        await ask()
        return self._spent_ms(database, caller)

    def _spent_ms(self, database: dict[int, float], caller: float) -> float:
        caller_s = time.process_time() - caller
        return (caller_s + processes.spent_s(database, processes.connections_cpu_s(self.postmaster))) * 1000
