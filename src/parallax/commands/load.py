"""`parallax load`: files of rows into a client's data."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from cyclopts import App, Parameter

from parallax.commands.arguments import ClientId
from parallax.commands.running import FAILED, progress, run, say

if TYPE_CHECKING:
    from typing import TextIO

    from parallax.db import Database
    from parallax.usage.files import Batch, Source
    from parallax.usage.reports import Rejected
    from parallax.usage.track import Tracked

BATCH = 50_000
DEADLINE_S = 300.0  # of one batch
PATIENCE_S = 20.0  # with a database that went away
SHOWN = 20

app = App(
    name="load",
    help="\n\n".join(
        (
            "Load files of rows.",
            "NDJSON, an object a line, or CSV with a header; gzipped or not; `-` is standard input. Usage: app, user, "
            "date (YYYY-MM-DD, the client's day), activeMs, sessions. A row of the same app, user and date replaces "
            "the earlier one, so a file may be loaded again. A bad row never stops the good ones.",
        )
    ),
    help_format="plaintext",
    help_epilogue="""Examples:
    parallax load usage.csv.gz --client 018f0000-0000-7000-8000-000000000001 --kind usage
    zcat day*.gz | parallax load - --client 018f0000-0000-7000-8000-000000000001 --kind usage --json

Exit codes: 0 all rows are stored, 1 some were rejected or a file could not be read, 2 wrong usage.""",
)


def _no_option(_: object, name: str) -> None:
    if name.startswith("-") and name != "-":
        raise ValueError(f"there is no option {name}; a file of that name is ./{name}")


def _positive(_: object, number: int) -> None:
    if not 1 <= number <= 1_000_000:
        raise ValueError("must be from 1 to 1000000")


File = Annotated[str, Parameter(allow_leading_hyphen=True, validator=_no_option)]


@app.default
def load(
    file: Annotated[File, Parameter(help="File to load; - is standard input.")],
    /,
    *files: Annotated[File, Parameter(help="More files.")],
    client: Annotated[ClientId, Parameter(help="The client: UUID or global id.")],
    kind: Annotated[Literal["usage"], Parameter(help="What the rows are.")],
    as_json: Annotated[
        bool, Parameter(name="--json", help="End with the counts as one line of JSON.", negative="", show_default=False)
    ] = False,
    rejects: Annotated[Path | None, Parameter(help="File for the rejected rows and why, as NDJSON.")] = None,
    batch: Annotated[int, Parameter(help="Rows that are stored together, all or none.", validator=_positive)] = BATCH,
) -> int:
    from parallax.commands.running import settings
    from parallax.errors import SetupError
    from parallax.usage.files import checked

    del kind  # the only one so far
    names = (file, *files)
    for name in names:
        checked(name)
    with ExitStack() as stack:
        try:
            told = stack.enter_context(rejects.open("w")) if rejects else None
        except OSError as error:
            raise SetupError(f"--rejects: {rejects} cannot be written ({error.strerror}).") from None
        report = Report(told)
        work = Loading(client, batch, report)
        run(lambda db: work.all(db, names), settings(deadline=DEADLINE_S))
    return report.end(as_json)


class Report:
    """What became of the rows: counts, the rejected ones with their reasons, and files that could not be read."""

    def __init__(self, rejects: "TextIO | None") -> None:
        self.counts = {"accepted": 0, "duplicates": 0, "replaced": 0, "rejected": 0}
        self._rejects = rejects
        self._troubled = False

    def stored(self, name: str, tracked: "Tracked") -> None:
        self.counts["accepted"] += tracked.accepted
        self.counts["duplicates"] += tracked.duplicates
        self.counts["replaced"] += tracked.replaced
        self.rejected(name, tracked.rejected)

    def rejected(self, name: str, rows: "list[Rejected]") -> None:
        for line, field, message in rows:
            self.counts["rejected"] += 1
            if self.counts["rejected"] <= SHOWN:
                say(f"{name}:{line}: {message}")
            if self._rejects is not None:
                entry = {"file": name, "line": line, "field": field or None, "message": message}
                self._rejects.write(json.dumps(entry, ensure_ascii=False) + "\n")

    def unusable(self, message: str) -> None:
        self._troubled = True
        say(message)

    def end(self, as_json: bool) -> int:
        """Says the counts; the exit code."""
        more = self.counts["rejected"] - SHOWN
        if more > 0:
            say(f"… and {more:,} more rejected" + ("" if self._rejects else " (--rejects FILE keeps them all)"))
        if as_json:
            print(json.dumps(self.counts, separators=(",", ":")))
        else:
            print(", ".join(f"{count:,} {name}" for name, count in self.counts.items()))
        return FAILED if self._troubled or self.counts["rejected"] else 0


class Loading:
    """While one batch is being stored the next one is being read."""

    def __init__(self, client: UUID, rows: int, report: Report) -> None:
        self._client, self._rows, self._report = client, rows, report

    async def all(self, db: "Database", names: tuple[str, ...]) -> None:
        from parallax.usage.files import Unusable, opened

        zone = await self._zone(db)
        for name in names:
            try:
                with opened(name) as source, progress(f"Loading {name}", "bytes") as moved:
                    await self._one(db, zone, source, moved)
            except Unusable as unusable:
                self._report.unusable(unusable.message)

    async def _zone(self, db: "Database") -> str:
        from parallax.clients.loaders import CLIENTS_BY_ID
        from parallax.errors import NotFound
        from parallax.scopes import Scope

        rows = await db.rows(Scope.of(self._client), CLIENTS_BY_ID, [self._client])
        if not rows:
            raise NotFound(f"There is no client {self._client}: `parallax client list` names them.")
        return str(rows[0]["time_zone"])

    async def _one(self, db: "Database", zone: str, source: "Source", moved: Callable[[int, int | None], None]) -> None:
        from parallax.periods import today
        from parallax.usage.reports import Reader

        batches = source.batches(Reader(self._client, today(datetime.now(UTC), zone)), self._rows)
        batch = await _next(batches)
        while batch is not None:
            following = _next(batches)
            await self._store(db, source.name, batch)
            moved(batch.bytes_read, source.size)
            batch = await following

    async def _store(self, db: "Database", name: str, batch: "Batch") -> None:
        from parallax.errors import ParallaxError, SetupError, SourceUnavailable
        from parallax.scopes import Scope
        from parallax.usage.track import track

        ends, pause_s = time.monotonic() + PATIENCE_S, 0.25
        while batch.reports:
            try:
                self._report.stored(name, await track(db, Scope.of(self._client), self._client, batch.reports))
                break
            except ParallaxError as error:
                # The same rows again change nothing where they were stored after all.
                if not isinstance(error, SourceUnavailable) or time.monotonic() > ends:
                    first = min(batch.reports[0].place, *(row.place for row in batch.rejected), batch.last_line)
                    raise SetupError(
                        f"{error.message} {name} is loaded up to line {first - 1}; load it again when that is "
                        "mended: what is stored already stays as it is."
                    ) from error
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, 2.0)
        self._report.rejected(name, batch.rejected)
        if batch.problem is not None:
            self._report.unusable(f"{name}: {batch.problem}, after line {batch.last_line}.")


def _next(batches: "Iterator[Batch]") -> "asyncio.Future[Batch | None]":
    """Read by a thread that nobody waits for at the end: standard input may stay silent for ever."""
    loop = asyncio.get_running_loop()
    batch: asyncio.Future[Batch | None] = loop.create_future()

    def tell(read: "Batch | None", error: Exception | None) -> None:
        if batch.done():  # nobody wants it any more
            return
        if error is not None:
            batch.set_exception(error)
        else:
            batch.set_result(read)

    def work() -> None:
        read, failure = None, None
        try:
            read = next(batches, None)
        except Exception as error:
            failure = error
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(tell, read, failure)

    threading.Thread(target=work, daemon=True).start()
    return batch
