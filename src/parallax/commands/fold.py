"""`parallax fold`: new events into roll-ups, by a process of its own."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from parallax.db import Database
    from parallax.settings import Settings


def fold(
    *,
    once: Annotated[bool, Parameter(help="Fold all that waits now, and end.", negative="", show_default=False)] = False,
) -> int:
    """Fold new events into roll-ups, by a process of its own.

    A gateway does it beside serving: this is for many gateways on one database, with PARALLAX_FOLD=false. Answers are
    right at any time, folded or not; what is folded is answered faster. Any number may run: each does what the others
    do not. Takes up changes of a client's zone, and PARALLAX_KEEP_MONTHS.

    Runs until it is stopped, unless --once.

    Example: parallax fold --once

    Exit codes: 0 done, 1 failed, 130 interrupted.
    """
    from parallax.commands.running import run, settings
    from parallax.engine.worker import DEADLINE_S, Folding
    from parallax.users.purging import purge

    chosen = settings(deadline=DEADLINE_S)

    async def folded(db: "Database") -> int:
        worker = Folding(db, *_when(chosen), purge=purge)
        if once:
            return await worker.once()
        await worker.run()
        raise AssertionError("it runs until it is stopped")

    events = run(folded, chosen)
    print(f"{events:,} events folded")
    return 0


def _when(chosen: "Settings") -> tuple[int, float, float]:
    return chosen.fold_events, chosen.fold_seconds, chosen.keep_months
