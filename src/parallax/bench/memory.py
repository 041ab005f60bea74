"""What a process holds that has asked every question of `bench metrics`, and how much of it are roll-ups that it keeps."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from parallax.bench import processes
from parallax.bench.ground import Ground
from parallax.bench.measured import Figures
from parallax.bench.metric_questions import QUESTIONS, asked_of
from parallax.db import Database
from parallax.engine.caches import kept
from parallax.settings import Settings


def memory(place: Ground) -> Figures:
    """Asked in a process of its own: rivals live in this one."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        asking = alone.submit(_asked, place.settings.data_dir, place.urls.reading, place.urls.writing)
        before, after, held = asking.result(120)
    title = "Memory of a process that has asked all questions"
    rows = [("before the first", before), ("after the last", after), ("of it roll-ups that are kept", held)]
    return Figures(title, ("what", "MiB"), [(what, round(size / 2**20, 1)) for what, size in rows])


def _asked(folder: Path, reading: str, writing: str) -> tuple[int, int, int]:
    return processes.run_loop(_all(folder, reading, writing))


async def _all(folder: Path, reading: str, writing: str) -> tuple[int, int, int]:
    settings = Settings(data_dir=folder, database_url=None, secret_key=None, app_url=None, ingest_url=None)
    async with Database(settings, reading, writing) as db:
        before = processes.held_bytes()
        for asked in QUESTIONS:
            await asked_of(db, asked)()
        return before, processes.held_bytes(), kept(db).bytes
