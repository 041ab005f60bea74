"""`parallax rebuild`: roll-ups made again from the rows."""

from typing import TYPE_CHECKING

from parallax.commands.arguments import ClientId

if TYPE_CHECKING:
    from parallax.db import Database
    from parallax.engine.rebuild import Rebuilt

DEADLINE_S = 3600.0


def rebuild(*, client: ClientId) -> int:
    """Make everything that is derived of a client's events again, from the rows.

    For a client of which `parallax verify` finds differences. Answers stay as they were until it is done, then all
    change at once; new events come in meanwhile. Days of months whose rows are dropped (PARALLAX_KEEP_MONTHS) stay.

    Example: parallax rebuild --client 018f0000-0000-7000-8000-000000000001

    Exit codes: 0 done, 1 failed with nothing changed.
    """
    from parallax.commands.running import progress, run, settings
    from parallax.engine.rebuild import rebuild as made_again

    async def made(db: "Database") -> "Rebuilt":
        with progress("Rebuilding", "events") as told:
            return await made_again(db, client, told)

    done = run(made, settings(deadline=DEADLINE_S))
    print(f"rebuilt from {done.events:,} events and logs")
    if done.kept_before is not None:
        print(f"Days before {done.kept_before} stay as they were: their rows are dropped.")
    return 0
