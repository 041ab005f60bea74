"""What a process holds that has asked every question of a bench, and how much of it are blocks that it keeps."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TypeAlias

from parallax.bench import processes
from parallax.bench.ground import Ground
from parallax.bench.measured import Figures
from parallax.bench.metric_questions import Asking
from parallax.db import Database
from parallax.engine.caches import kept
from parallax.settings import Settings

Every: TypeAlias = Callable[[Database], Sequence[Asking]]
"""A function of a module: it is found again by its name."""
LONGEST_S = 600.0


def memory(place: Ground, every: Every) -> Figures:
    """Asked in a process of its own: rivals live in this one."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        asking = alone.submit(_asked, every, place.settings.data_dir, place.urls.reading, place.urls.writing)
        before, after, held, most = asking.result(LONGEST_S)
    rows = [
        ("before the first", before),
        ("after the last", after),
        ("of it blocks and answers that are kept", held),
        ("of these at most (PARALLAX_BLOCK_CACHE)", most),
    ]
    title = "Memory of a process that has asked all questions"
    return Figures(title, ("what", "MiB"), [(what, round(size / 2**20, 1)) for what, size in rows])


def _asked(every: Every, folder: Path, reading: str, writing: str) -> tuple[float, ...]:
    return processes.run_loop(_all(every, folder, reading, writing))


async def _all(every: Every, folder: Path, reading: str, writing: str) -> tuple[float, ...]:
    settings = Settings(data_dir=folder, database_url=None, secret_key=None, app_url=None, ingest_url=None)
    async with Database(settings, reading, writing) as db:
        before = processes.held_bytes()
        for ask in every(db):
            await ask()
        return before, processes.held_bytes(), kept(db).bytes, kept(db).most_bytes
