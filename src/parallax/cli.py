"""The command line: `parallax VERB …`. A verb's module is imported when it runs, so that each starts at once."""

import os
import sys
from functools import partial
from typing import Any

from cyclopts import App, CycloptsError

from parallax.errors import ParallaxError

USAGE, FAILED, INTERRUPTED = 2, 1, 130


def _version() -> str:
    from importlib.metadata import version

    return f"parallax {version('parallax')}"


VERBS = {
    "demo": ("demo:app", "Start a gateway with example data: the quickest way to see what this is."),
    "serve": ("serve:app", "Run the gateway."),
    "migrate": ("migrate:migrate", "Bring the database to this release."),
    "client": ("clients:app", "Make, list, change and delete clients (the organisations whose data this is)."),
    "app": ("links:app", "Make, list, change, link and delete a client's apps."),
    "token": ("tokens:app", "Make, list and revoke API tokens."),
    "vendor": ("vendors:app", "Connect the vendors of clients, and try whether they answer."),
    "load": ("load:app", "Load files of events, users, logs and usage; take a load back."),
    "user": ("users:app", "Erase a client's users."),
    "fold": ("fold:fold", "Fold events that wait: beside gateways that leave it to this process."),
    "verify": ("verify:verify", "Recompute all that is derived from a client's events, and compare."),
    "rebuild": ("rebuild:rebuild", "Make all that is derived from a client's events anew."),
    "schema": ("schema:schema", "Write the GraphQL schema to schema.graphql, or check that file."),
    "doctor": ("doctor:doctor", "Look at the installation: each point is well, or named with its fix."),
    "sandbox": ("sandbox:app", "Run fakes of the three vendors on this machine, to try them without accounts."),
    "bench": ("bench:app", "Measure, and compare with what was promised."),
}


def made(verb: str | None = None) -> App:
    """The command line with all verbs; `verb` is the one that runs: it explains itself, the others by their line above."""
    app = App(
        name="parallax",
        help="""A GraphQL analytics gateway: one graph over your own Postgres and your vendors' APIs.

New here: parallax demo. Every verb explains itself with --help.

Exit codes: 0 done, 1 failed or refused, 2 wrong usage, 130 interrupted.""",
        help_format="plaintext",
        version=_version,
        version_format="plaintext",
        suppress_keyboard_interrupt=False,  # see main
    )
    for place, (name, (where, line)) in enumerate(VERBS.items()):
        app.command(f"parallax.commands.{where}", name=name, help=None if name == verb else line, sort_key=place)
    return app


def main(arguments: list[str] | None = None) -> None:
    """Runs a verb and ends the process with its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    app = made(next((word for word in words if not word.startswith("-")), None))
    try:
        app(words, error_formatter=partial(_misused, app))
    except ParallaxError as error:
        _say(error.message)
        raise SystemExit(FAILED) from None
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    except BrokenPipeError:
        # Whoever read our answer has seen enough. Python would complain when it closes the stream at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(FAILED) from None
    except Exception as error:
        if os.environ.get("PARALLAX_LOG_LEVEL") == "debug":
            raise
        _say(f"Unforeseen: {type(error).__name__}: {error}")
        _say("Details: run it again with PARALLAX_LOG_LEVEL=debug.")
        raise SystemExit(FAILED) from None


def _misused(app: App, error: CycloptsError) -> Any:
    """What is wrong, and how the verb is used."""
    from cyclopts.help import format_usage
    from rich.text import Text

    chain, apps, _ = app.parse_commands(error.root_input_tokens or [])
    usage = format_usage(app, chain, execution_path=apps)
    hint = " ".join(["parallax", *chain, "--help"])
    return Text.assemble(str(error).strip(), "\nUsage: ", usage, f"Explained by: {hint}", style="default")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
