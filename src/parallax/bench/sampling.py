"""Where a process spends its CPU time: its stack is looked at each time it has used up another slice of it.

A sample belongs to the innermost frame that a part is known for, so that what a library does for us counts as the library's
own, and what Python's own library does counts for whoever called it. Work in C counts for the Python that called it.
"""

import json
import signal
from collections import Counter
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

SLICE_S = 0.001
PARTS = (
    # In order: the first that a file's path holds is its part.
    ("parallax/access/", "token"),
    ("parallax/http/answers", "encode"),
    ("parallax/http/operations", "operation cache"),
    ("parallax/telemetry", "log and counters"),
    ("parallax/http/", "HTTP"),
    ("parallax/db.py", "SQL"),
    ("parallax/loading", "loaders"),
    ("parallax/", "resolvers and loaders' own work"),
    ("asyncpg/", "SQL"),
    ("structlog/", "log and counters"),
    ("prometheus_client/", "log and counters"),
    ("graphql/language/", "parse and validate"),
    ("graphql/validation/", "parse and validate"),
    ("graphql/utilities/type_info", "parse and validate"),
    ("graphql/", "execute: graphql-core"),
    ("strawberry/", "execute: Strawberry"),
    ("aiodataloader/", "loaders"),
    ("uvicorn/protocols/", "HTTP"),
    ("starlette/", "HTTP"),
    ("h11/", "HTTP"),
)
ELSEWHERE = "event loop"


class Sampler:
    """While it runs, SIGUSR1 begins anew, and the end, or the next SIGUSR1, writes {part: samples} to `into`."""

    def __init__(self, into: Path, restart: signal.Signals = signal.SIGUSR1) -> None:
        self._into, self._restart = into, restart
        self._seen: Counter[str] = Counter()
        self._known: dict[str, str | None] = {}

    def __enter__(self) -> Self:
        signal.signal(signal.SIGPROF, self._sample)
        signal.signal(self._restart, self._anew)
        signal.setitimer(signal.ITIMER_PROF, SLICE_S, SLICE_S)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        self._write()

    def _anew(self, _: int, __: FrameType | None) -> None:
        self._write()
        self._seen.clear()

    def _write(self) -> None:
        aside = self._into.with_suffix(".part")
        aside.write_text(json.dumps(self._seen))
        aside.replace(self._into)

    def _sample(self, _: int, frame: FrameType | None) -> None:
        while frame is not None:
            part = self._part(frame.f_code.co_filename)
            if part is not None:
                self._seen[part] += 1
                return
            frame = frame.f_back
        self._seen[ELSEWHERE] += 1

    def _part(self, file: str) -> str | None:
        try:
            return self._known[file]
        except KeyError:
            found = next((part for name, part in PARTS if name in file), None)
            if "parallax/bench/" in file:
                found = None
            self._known[file] = found
            return found
