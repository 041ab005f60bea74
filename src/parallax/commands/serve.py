"""`parallax serve`: the gateway, until it is told to stop."""

from typing import Annotated

from cyclopts import App, Parameter

from parallax.settings import OFF, Settings


def listed() -> str:
    """Every setting with what it means and its default."""
    lines = []
    for name, field in Settings.model_fields.items():
        variable = "DATABASE_URL" if name == "database_url" else f"PARALLAX_{name.upper()}"
        default = field.get_default(call_default_factory=True)
        told = {None: "", "": "", OFF: " (default: off)", False: " (default: 0)"}
        shown = " (default: off)" if name == "batch" else told.get(default, f" (default: {default})")
        lines.append(f"{variable}\n    {field.description}{shown}")
    return "\n".join(lines)


app = App(
    name="serve",
    help="\n\n".join(
        (
            "Run the gateway.",
            "It brings the database to this release first (PARALLAX_MIGRATE=off: it refuses one that is behind). "
            "SIGTERM or Ctrl-C lets running requests end, then stops.",
        )
    ),
    help_format="plaintext",
    help_epilogue=f"""Example: parallax serve --host 0.0.0.0 --port 8000 --workers 4

Exit codes: 0 stopped, 1 could not start, 2 wrong usage.

Settings (environment; an option above goes before its setting):

{listed()}""",
)


@app.default
def serve(
    *,
    host: Annotated[str | None, Parameter(help="Address to listen on.")] = None,
    port: Annotated[int | None, Parameter(help="Port to listen on; 0: any free one.")] = None,
    workers: Annotated[int | None, Parameter(help="Processes that serve.")] = None,
) -> None:
    from parallax import installation, tracing
    from parallax.commands import listening
    from parallax.commands.running import run_loop, say, settings

    chosen = settings(host=host, port=port, workers=workers)
    tracing.check(chosen)
    with (
        listening.bound(chosen.host, chosen.port) as door,
        listening.stopped_by_signals(),
        installation.located(chosen) as urls,
    ):
        for done in run_loop(installation.prepare(chosen, urls)):
            say(f"Migrated: {done}")
        run_loop(installation.check_sessions(urls.reading))
        if chosen.test_clock:
            say("WARNING: PARALLAX_TEST_CLOCK is on: every caller may set the time of its operations.")
        listening.serve(chosen, urls, door, lambda: say(_ready(listening.url_of(door), chosen)))
    say("Stopped.")


def _ready(url: str, settings: Settings) -> str:
    processes = f" by {settings.workers} processes" if settings.workers > 1 else ""
    return f"Parallax serves{processes} at {url}/graphql (stop: Ctrl-C)"
