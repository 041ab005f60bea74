"""`parallax load`: files of rows into a client's data."""

import gc
import json
from collections.abc import Callable
from contextlib import ExitStack
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
    from parallax.loads.files import Source
    from parallax.loads.portions import Portion
    from parallax.loads.register import Load
    from parallax.loads.storing import Outcome, Storing
    from parallax.usage.reports import Rejected

BATCH = 50_000
DEADLINE_S = 300.0  # of one batch
SHOWN = 20

app = App(
    name="load",
    help="\n\n".join(
        (
            "Load files of rows, or take a load back.",
            'NDJSON, an object a line: an event, {"identify": {…}}, {"log": {…}} or {"usage": {…}}, in any mixture, with the '
            "fields of EventInput, UserIdentifyInput, LogInput and UsageReportInput. With --kind a line that does not say "
            "what it is is one of that kind. Or CSV, all of one --kind: a header of the same fields; properties and traits "
            "are columns as properties.plan, in which 10, 1.5, true and false are no texts; aliases are separated by "
            "blanks; an empty cell is absent. Gzipped or not; `-` is standard input.",
            "An event with an id is kept once however often it is loaded; a usage report of the same app, user and date "
            "replaces the earlier one. A bad row never stops the good ones. A load that was cut off goes on where it "
            "ended when the same file is loaded again. Each has an id: --undo takes back its events and logs.",
        )
    ),
    help_format="plaintext",
    help_epilogue="""Examples:
    parallax load events.ndjson.gz --client 018f0000-0000-7000-8000-000000000001
    parallax load usage.csv.gz --client 018f0000-0000-7000-8000-000000000001 --kind usage
    zcat day*.gz | parallax load - --client 018f0000-0000-7000-8000-000000000001 --json
    parallax load --undo 01a3c2d4-… --client 018f0000-0000-7000-8000-000000000001

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
    *files: Annotated[File, Parameter(help="Files to load; - is standard input.")],
    client: Annotated[ClientId, Parameter(help="The client: UUID or global id.")],
    kind: Annotated[
        Literal["event", "identify", "log", "usage"], Parameter(help="What a row is that does not say so itself.")
    ] = "event",
    as_json: Annotated[
        bool, Parameter(name="--json", help="End with the counts as one line of JSON.", negative="", show_default=False)
    ] = False,
    rejects: Annotated[Path | None, Parameter(help="File for the rejected rows and why, as NDJSON.")] = None,
    batch: Annotated[int, Parameter(help="Lines that are stored together.", validator=_positive)] = BATCH,
    anew: Annotated[
        bool, Parameter(help="Begin at the first line, also where a load was cut off.", negative="", show_default=False)
    ] = False,
    undo: Annotated[UUID | None, Parameter(help="Take back this load instead.")] = None,
) -> int:
    from parallax.commands.running import settings
    from parallax.errors import SetupError
    from parallax.loads.files import checked

    chosen = settings(deadline=DEADLINE_S)
    if undo is not None:
        if files:
            raise SetupError("--undo takes back a load: name no file with it.")
        return _take_back(undo, client, as_json)
    if not files:
        raise SetupError("Name a file to load, or - for standard input.")
    for name in files:
        checked(name)
    with ExitStack() as stack:
        try:
            told = stack.enter_context(rejects.open("w")) if rejects else None
        except OSError as error:
            raise SetupError(f"--rejects: {rejects} cannot be written ({error.strerror}).") from None
        report = Report(told)
        work = Loading(client, kind, batch, report, anew=anew)
        # Millions of objects that live for a moment: to look for cycles among them takes a third of the time.
        gc.disable()
        run(lambda db: work.all(db, files), chosen)
    return report.end(as_json)


def _take_back(undo: UUID, client: UUID, as_json: bool) -> int:
    from parallax.commands.running import settings
    from parallax.engine.undo import undo as taken_back

    done = run(lambda db: taken_back(db, client, undo), settings(deadline=DEADLINE_S))
    if as_json:
        print(json.dumps({"load": str(undo), "events": done.events}, separators=(",", ":")))
    else:
        print(f"Load {undo} is taken back: {done.events:,} of its events and logs are gone.")
    return 0


class Report:
    """What became of the rows: counts, the rejected ones with their reasons, and files that could not be read."""

    def __init__(self, rejects: "TextIO | None") -> None:
        self.counts = {"accepted": 0, "duplicates": 0, "replaced": 0, "rejected": 0}
        self._loads: list[dict[str, object]] = []
        self._rejects = rejects
        self._troubled = False

    def began(self, load: "Load") -> None:
        say(f"Load {load.id} of {load.name}")
        if load.lines:
            say(f"{load.name} was cut off after line {load.lines:,}: going on behind it (--anew begins again).")
        elif load.finished_before is not None:
            say(f"{load.name} is loaded already, as load {load.finished_before}: what has an id is not taken twice.")
        self._loads.append({"id": str(load.id), "file": load.name, "from": load.lines + 1})

    def stored(self, name: str, outcome: "Outcome") -> None:
        self.counts["accepted"] += outcome.accepted
        self.counts["duplicates"] += outcome.duplicates
        self.counts["replaced"] += outcome.replaced
        self._rejected(name, outcome.rejected)

    def _rejected(self, name: str, rows: "list[Rejected]") -> None:
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
            print(json.dumps({**self.counts, "loads": self._loads}, separators=(",", ":")))
        else:
            print(", ".join(f"{count:,} {name}" for name, count in self.counts.items()))
        return FAILED if self._troubled or self.counts["rejected"] else 0


class Loading:
    """While one portion is being stored the next one is being read."""

    def __init__(self, client: UUID, kind: str, rows: int, report: Report, *, anew: bool) -> None:
        self._client, self._kind, self._rows, self._report, self._anew = client, kind, rows, report, anew

    async def all(self, db: "Database", names: tuple[str, ...]) -> None:
        from parallax.loads.files import Unusable, opened

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
        from parallax.loads.ahead import ahead
        from parallax.loads.files import fingerprint
        from parallax.loads.portions import Parser
        from parallax.loads.register import begun, finished
        from parallax.loads.storing import Storing
        from parallax.periods import today

        load = await begun(db, self._client, source.name, fingerprint(source.name, self._kind), _now(), anew=self._anew)
        self._report.began(load)
        parser = Parser(self._client, source, self._kind, today(_now(), zone), _now)
        portions = parser.portions(self._rows, load.lines)
        storing = Storing(db, load, _now)
        portion = await ahead(portions)
        while portion is not None:
            following = ahead(portions)
            await self._store(storing, source.name, portion)
            moved(portion.bytes_read, source.size)
            if portion.problem is not None:
                return  # to be loaded again when it is whole
            portion = await following
        await finished(db, load)

    async def _store(self, storing: "Storing", name: str, portion: "Portion") -> None:
        from parallax.errors import ParallaxError, SetupError

        try:
            self._report.stored(name, await storing.store(portion))
            if await storing.fold():
                gc.collect()
        except ParallaxError as error:
            raise SetupError(
                f"{error.message} {name} is loaded up to line {portion.first_line - 1} at least; load it again when that "
                "is mended: it goes on from there, and what is stored already stays as it is."
            ) from error
        if portion.problem is not None:
            self._report.unusable(f"{name}: {portion.problem}, after line {portion.last_line}.")


def _now() -> datetime:
    return datetime.now(UTC)
