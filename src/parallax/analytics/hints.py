"""What an answer tells beside its numbers: that no event has a name that was asked for, and which names are near it (E5)."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final
from uuid import UUID

from parallax.engine.frames import EVENTS
from parallax.engine.known import Known

NEAR: Final = 3
MOST: Final = 20
"""Names that an operation is told about."""
LONGEST: Final = 200
Path = Callable[[], list[str | int]]


class Hints:
    """Of one operation: which fields name which events, and what is near to those names that are nobody's."""

    def __init__(self) -> None:
        self._named: list[tuple[Path, UUID, str]] = []
        self._near: dict[tuple[UUID, str], list[str]] = {}

    def named(self, path: Path, client: UUID, names: Iterable[str | None]) -> None:
        """The field at `path` names these events of the client; None is no name."""
        self._named += [(path, client, name) for name in dict.fromkeys(names) if name is not None]

    async def look(self, known: Mapping[UUID, Known]) -> None:
        """Looks for what is near, beside the event loop: it takes milliseconds for each name."""
        strange = [
            (client, name)
            for client, name in dict.fromkeys(each[1:] for each in self._named)
            if client in known and (client, name) not in self._near
            if known[client].names.number(EVENTS, name) is None
        ]
        for client, name in strange[: MOST - len(self._near)]:
            there = [each for stream, each in list(known[client].names.numbers) if stream == EVENTS]
            self._near[client, name] = await asyncio.to_thread(_near, name, there)

    def told(self) -> list[dict[str, Any]]:
        """`extensions.hints`."""
        return [
            {"path": path(), "message": _message(name, self._near[client, name])}
            for path, client, name in self._named
            if (client, name) in self._near
        ]


def _near(name: str, there: Sequence[str]) -> list[str]:
    by_lower = {each.lower(): each for each in there}
    return [by_lower[each] for each in get_close_matches(name[:LONGEST].lower(), by_lower, NEAR)]


def _message(name: str, near: Sequence[str]) -> str:
    more = f"; near are {', '.join(map(_quoted, near))}" if near else ""
    return f"No event is named {_quoted(name[:LONGEST])}{more}."


def _quoted(name: str) -> str:
    return f'"{name}"'
