"""`parallax schema`: what the graph is, as a file to read, to compare and to generate from."""

from difflib import unified_diff
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from parallax.commands.running import FAILED, say
from parallax.errors import SetupError

FILE = Path("schema.graphql")


def schema(
    *,
    check: Annotated[
        bool, Parameter(help="Write nothing; exit with 1 where the file is not up to date.", negative="")
    ] = False,
) -> int:
    """Write the GraphQL schema to schema.graphql in the current folder, descriptions included.

    With --check the file is compared instead: the difference is shown, and what of it would break callers is named.

    Example: parallax schema --check

    Exit codes: 0 written or up to date, 1 out of date or not readable, 2 wrong usage.
    """
    now = text()
    try:
        kept = FILE.read_text(encoding="utf-8") if FILE.exists() else None
        if check:
            return _compared(kept, now)
        if kept != now:
            FILE.write_text(now, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{FILE.absolute()} cannot be read or written: {error}.") from error
    say(f"{FILE} is up to date." if kept == now else f"Wrote {FILE}.")
    return 0


def text() -> str:
    from parallax.schema import schema

    return schema.as_str().rstrip("\n") + "\n"


def _compared(kept: str | None, now: str) -> int:
    if kept is None:
        say(f"There is no {FILE} in this folder: `parallax schema` writes it.")
        return FAILED
    if kept == now:
        say(f"{FILE} is up to date.")
        return 0
    print("".join(unified_diff(kept.splitlines(True), now.splitlines(True), f"{FILE} (kept)", f"{FILE} (now)")), end="")
    for change in breaking(kept, now):
        say(f"Breaking: {change}")
    say(f"{FILE} is out of date: `parallax schema` writes it anew.")
    return FAILED


def breaking(kept: str, now: str) -> list[str]:
    """What callers of the schema `kept` would miss in `now`; nothing where `kept` is no schema."""
    from graphql import GraphQLError, build_schema
    from graphql.utilities import find_breaking_changes

    try:
        before = build_schema(kept)
    except (GraphQLError, TypeError):
        return []
    return [change.description for change in find_breaking_changes(before, build_schema(now))]
