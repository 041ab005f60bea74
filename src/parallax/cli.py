"""The command line: `parallax VERB …`. A verb's module is imported when it runs, so that each starts at once."""

import os
import sys
from typing import Any

from cyclopts import App, CycloptsError

from parallax.errors import ParallaxError

USAGE, FAILED, INTERRUPTED = 2, 1, 130


def _version() -> str:
    from importlib.metadata import version

    return f"parallax {version('parallax')}"


app = App(
    name="parallax",
    help="A GraphQL analytics gateway: one graph over your own Postgres and your vendors' APIs.",
    help_format="plaintext",
    help_epilogue=(
        "New here: parallax demo. Every verb explains itself with --help. Exit codes: 0 done, 1 failed or refused, "
        "2 wrong usage, 130 interrupted."
    ),
    version=_version,
    version_format="plaintext",
    suppress_keyboard_interrupt=False,  # see main
)

VERBS = {
    "demo": ("demo:demo", "Start a gateway with example data: the quickest way to see what this is."),
    "serve": ("serve:serve", "Run the gateway."),
    "migrate": ("migrate:migrate", "Bring the database to this release."),
    "client": ("clients:app", "Make, list, change and delete clients (the organisations whose data this is)."),
    "app": ("apps:app", "Make, list, change and delete a client's apps."),
    "token": ("tokens:app", "Make, list and revoke API tokens."),
    "load": ("load:load", "Load files of rows."),
    "schema": ("schema:schema", "Write the GraphQL schema to schema.graphql, or check that file."),
    "doctor": ("doctor:doctor", "Look at the installation: each point is well, or named with its fix."),
    "bench": ("bench:app", "Measure, and compare with what was promised."),
}
for place, (name, (where, help_text)) in enumerate(VERBS.items()):
    app.command(f"parallax.commands.{where}", name=name, help=help_text, sort_key=place)


def main(arguments: list[str] | None = None) -> None:
    """Runs a verb and ends the process with its exit code."""
    try:
        app(arguments if arguments is not None else sys.argv[1:], error_formatter=_misused)
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


def _misused(error: CycloptsError) -> Any:
    """What is wrong, and how the verb is used."""
    from cyclopts.help import format_usage
    from rich.text import Text

    chain, apps, _ = app.parse_commands(error.root_input_tokens or [])
    usage = format_usage(app, chain, execution_path=apps)
    hint = " ".join(["parallax", *chain, "--help"])
    return Text.assemble(str(error).strip(), "\n", usage, f"Explained by: {hint}", style="default")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
