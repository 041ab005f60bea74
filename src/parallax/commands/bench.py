"""`parallax bench NAME`: measured ratios beside their goals."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from parallax.commands.findings import shown
from parallax.commands.running import say

if TYPE_CHECKING:
    from parallax.bench.measured import Findings

app = App(name="bench", help_format="plaintext")

Json = Annotated[bool, Parameter(name="--json", negative="", help="One JSON document instead of tables.")]
Check = Annotated[bool, Parameter(name="--check", negative="", help="Exit with 1 where a goal is missed.")]


@app.command
def serve(
    *operation: str,
    rounds: Annotated[int, Parameter(help="Rounds; each runs every server once.")] = 5,
    seconds: Annotated[float, Parameter(help="Least length of a run.")] = 1.5,
    connections: Annotated[int, Parameter(help="Callers in a closed loop.")] = 8,
    least: Annotated[int, Parameter(help="Least answers of each caller in a run.")] = 30,
    rows: Annotated[int, Parameter(help="Usage reports in the database.")] = 200_000,
    profile: Annotated[bool, Parameter(negative="", help="Say where our time goes instead.")] = False,
    json: Json = False,
    check: Check = False,
) -> None:
    """What a request costs, beside stock Strawberry and a bare handler on the same statements.

    Example: parallax bench serve Small Dash --rounds 9

    Parameters
    ----------
    operation
        Small, Dash, DashValues, Nodes or Apps; none: all of them.
    """

    def found() -> "Findings":
        from parallax.bench import serve as bench
        from parallax.bench.profile import profiled

        options = bench.Options(rounds, seconds, connections, least, operation, rows)
        return (profiled if profile else bench.run)(options, say)

    shown(found, json, check)


@app.command
def activity(
    *,
    rows: Annotated[int, Parameter(help="Usage reports; asked of a tenth of them too.")] = 5_000_000,
    rounds: Annotated[int, Parameter(help="Rounds; each asks every way once.")] = 15,
    json: Json = False,
    check: Check = False,
) -> None:
    """The App Activity report, beside plain SQL and DuckDB on the same rows.

    Example: parallax bench activity --rows 1000000
    """

    def found() -> "Findings":
        from parallax.bench import activity as bench

        return bench.run(bench.Options(rows, rounds), say)

    shown(found, json, check)


@app.command
def load(
    *,
    rows: Annotated[int, Parameter(help="Usage reports in a file.")] = 1_000_000,
    json: Json = False,
    check: Check = False,
) -> None:
    """Rows per second of `parallax load --kind usage`, and its peak memory.

    Example: parallax bench load --rows 5000000
    """

    def found() -> "Findings":
        from parallax.bench import load as bench

        return bench.run(bench.Options(rows), say)

    shown(found, json, check)


@app.command
def sockets(
    *,
    sockets: Annotated[int, Parameter(help="WebSockets that are open at once.")] = 500,
    rounds: Annotated[int, Parameter(help="Rounds; each starts every server anew.")] = 3,
    messages: Annotated[int, Parameter(help="Pings in a round; a quarter as many queries.")] = 2000,
    json: Json = False,
    check: Check = False,
) -> None:
    """What an idle WebSocket holds, and what a message costs, by each way to speak WebSocket.

    Example: parallax bench sockets --sockets 1000
    """

    def found() -> "Findings":
        from parallax.bench import sockets as bench

        return bench.run(bench.Options(sockets, rounds, messages), say)

    shown(found, json, check)


@app.command
def overload(
    *,
    rounds: Annotated[int, Parameter(help="Rounds; each finds anew what the gateway can answer.")] = 3,
    seconds: Annotated[float, Parameter(help="Length of each stretch that is measured.")] = 8.0,
    settle: Annotated[float, Parameter(help="Seconds from the beginning of overload that are told apart.")] = 3.0,
    calm: Annotated[float, Parameter(help="Seconds from its end that are told apart.")] = 5.0,
    drain: Annotated[float, Parameter(help="Seconds in which a caller spends what its token had saved.")] = 15.0,
    rows: Annotated[int, Parameter(help="Usage reports in the database.")] = 200_000,
    json: Json = False,
    check: Check = False,
) -> None:
    """A gateway that is asked three times what it can answer, and one with a caller at ten times its budget.

    Example: parallax bench overload --rounds 5
    """

    def found() -> "Findings":
        from parallax.bench import overload as bench

        return bench.run(bench.Options(rounds, seconds, settle, calm, drain, rows), say)

    shown(found, json, check)


@app.command
def metrics(
    *,
    events: Annotated[int, Parameter(help="Events; asked of a tenth of them too.")] = 2_000_000,
    rounds: Annotated[int, Parameter(help="Rounds; each asks every way for a while.")] = 5,
    sql: Annotated[
        bool | None, Parameter(help="Ask plain rows by SQL too; absent: where there are at most 2 million.")
    ] = None,
    seconds: Annotated[float, Parameter(help="Least length of a run through HTTP.")] = 1.5,
    json: Json = False,
    check: Check = False,
) -> None:
    """Metrics over events, beside DuckDB, ClickHouse and plain SQL on the same ones, and on the same roll-ups.

    Example: parallax bench metrics --events 20000000
    """

    def found() -> "Findings":
        from parallax.bench import metrics as bench

        return bench.run(bench.Options(events, rounds, sql, seconds), say)

    shown(found, json, check, "chdb")


@app.command
def analyses(
    *,
    events: Annotated[
        int, Parameter(help="Events; what is answered out of roll-ups is asked of a tenth of them too.")
    ] = 2_000_000,
    rounds: Annotated[int, Parameter(help="Rounds; each asks every way for a while.")] = 5,
    seconds: Annotated[float, Parameter(help="Length of an operation's run through HTTP; 0: none is asked so.")] = 1.0,
    json: Json = False,
    check: Check = False,
) -> None:
    """Retention, lifecycle, stickiness, funnels and filtered series over events, beside DuckDB and ClickHouse.

    Example: parallax bench analyses --events 20000000
    """

    def found() -> "Findings":
        from parallax.bench import analyses as bench

        return bench.run(bench.Options(events, rounds, seconds), say)

    shown(found, json, check, "chdb")


@app.command
def ingest(
    *,
    events: Annotated[int, Parameter(help="Events in a file.")] = 2_000_000,
    json: Json = False,
    check: Check = False,
) -> None:
    """Events a second by `parallax load` and by eventsTrack, and what they hold, beside DuckDB and ClickHouse.

    Example: parallax bench ingest --events 20000000
    """

    def found() -> "Findings":
        from parallax.bench import ingest as bench

        return bench.run(bench.Options(events), say)

    shown(found, json, check, "chdb")


@app.command
def explain(
    *,
    events: Annotated[int, Parameter(help="Events in the database.")] = 300_000,
    rounds: Annotated[int, Parameter(help="Rounds; each asks every operation for a while.")] = 3,
    seconds: Annotated[float, Parameter(help="Length of an operation's run in a round.")] = 0.4,
    json: Json = False,
    check: Check = False,
) -> None:
    """How long operations over events take, beside what `extensions: {explain: true}` estimates.

    Example: parallax bench explain --events 1000000
    """

    def found() -> "Findings":
        from parallax.bench import explain as bench

        return bench.run(bench.Options(events, rounds, seconds), say)

    shown(found, json, check)


@app.command
def vendors(
    *,
    rounds: Annotated[int, Parameter(help="Rounds; each asks for days of its own.")] = 5,
    latency_ms: Annotated[float, Parameter(help="How long the sandbox takes for every answer.")] = 150.0,
    seconds: Annotated[float, Parameter(help="Length of a run in a closed loop.")] = 1.0,
    json: Json = False,
    check: Check = False,
) -> None:
    """What a question to vendors takes, beside the calls that it needs and an equal question to own data.

    Example: parallax bench vendors --latency-ms 300
    """

    def found() -> "Findings":
        from parallax.bench import vendors as bench

        return bench.run(bench.Options(rounds, latency_ms, seconds), say)

    shown(found, json, check)
