"""Lists of records on standard output: a table for people, JSON for programs."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime

Row = Mapping[str, object]


def show(columns: Sequence[str], rows: Sequence[Row], *, as_json: bool) -> None:
    """One line a row, ids first and whole; on a terminal a table with its heading."""
    if as_json:
        print(json.dumps([dict(row) for row in rows], default=_text, ensure_ascii=False, indent=2))
    elif sys.stdout.isatty():
        _table(columns, rows)
    else:
        for row in rows:
            print("\t".join(_shown(row[column]) for column in columns))


def _table(columns: Sequence[str], rows: Sequence[Row]) -> None:
    from rich.table import Table

    from parallax.commands.running import console

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold", no_wrap=column == "id")
    for row in rows:
        table.add_row(*(_escaped(_shown(row[column])) for column in columns))
    console().print(table)


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _shown(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {held}" for key, held in value.items())
    return str(value)


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 report`, `2,000 reports`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
