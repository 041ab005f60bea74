"""The demo's data folder: what marks it as one, what is remembered there, and how it is removed."""

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatch
from pathlib import Path
from uuid import UUID

from parallax.embedded import Embedded, locks
from parallax.errors import SetupError

MARK = "demo.json"
OURS = (MARK, ".demo.*", "postgres", "postgres.new-*", ".postgres.turn", ".postgres.users", "secret.key", ".secret.*")


@dataclass(frozen=True, slots=True)
class Memory:
    """`secret` of the token that is printed; by client the last day that has its usage, and the last that has events.

    `linked`: the clients whose apps are linked to vendors.
    """

    secret: str | None = None
    filled: Mapping[UUID, date] = field(default_factory=dict)
    events: Mapping[UUID, date] = field(default_factory=dict)
    linked: frozenset[UUID] = frozenset()


def claimed(folder: Path) -> Memory:
    """Makes the folder a demo's, or finds it to be one: a folder with anything else in it is left alone."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark = folder / MARK
        if mark.exists():
            return _read(mark)
        if any(folder.iterdir()):
            raise SetupError(f"{folder} is in use for something else than the demo: choose another --data-dir.")
        remember(folder, Memory())
    except OSError as error:
        raise SetupError(
            f"The demo cannot keep its data in {folder} ({error.strerror}): choose another --data-dir."
        ) from error
    return Memory()


def remember(folder: Path, memory: Memory) -> None:
    """Whole or not at all, and for this user alone: there is a secret in it."""
    filled, events = ({str(c): str(day) for c, day in days.items()} for days in (memory.filled, memory.events))
    linked = sorted(map(str, memory.linked))
    text = json.dumps({"token": memory.secret, "filled": filled, "events": events, "linked": linked})
    draft = folder / f".demo.{secrets.token_hex(8)}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / MARK)


def removed(folder: Path) -> None:
    """Removes a demo's folder and stops its server; SetupError, and nothing is touched, for any other folder."""
    refuse_foreign(folder)
    with suppress(SetupError), Embedded(folder):
        pass  # the last one who leaves stops the server, also one that a killed demo left
    try:
        with locks.turn(folder):
            if locks.anyone_present(folder):
                raise SetupError(f"A demo, or another command, runs on {folder}: stop it first.")
            shutil.rmtree(folder)
    except OSError as error:
        raise SetupError(f"{folder} could not be removed whole ({error.strerror}: {error.filename}).") from error


def refuse_foreign(folder: Path) -> None:
    if not (folder / MARK).is_file():
        raise SetupError(f"{folder} is no folder of the demo's: nothing was removed.")
    strangers = sorted(p.name for p in folder.iterdir() if not any(fnmatch(p.name, ours) for ours in OURS))
    if strangers:
        raise SetupError(f"{folder} holds what is not the demo's ({', '.join(strangers[:5])}): nothing was removed.")


def _read(mark: Path) -> Memory:
    try:
        kept = json.loads(mark.read_text())
        # A folder of an earlier release has no events yet, or no links.
        filled, events = (
            {UUID(c): date.fromisoformat(day) for c, day in kept.get(k, {}).items()} for k in ("filled", "events")
        )
        return Memory(kept["token"], filled, events, frozenset(map(UUID, kept.get("linked", ()))))
    except (ValueError, KeyError, AttributeError, TypeError):
        return Memory()  # damaged: made anew, which repeats rows that are there already
