"""`parallax verify`: roll-ups held against the rows."""

import json
from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from parallax.commands.arguments import ClientId

DEADLINE_S = 3600.0


def verify(
    *,
    client: ClientId,
    as_json: Annotated[
        bool, Parameter(name="--json", help="The report as JSON.", negative="", show_default=False)
    ] = False,
) -> int:
    """Recompute what is derived of a client's events from the rows, and compare.

    Changes nothing, and reads one instant of the database: events come in and are folded meanwhile. What differs is told
    by where it is and what the rows say; `parallax rebuild` mends it.

    Example: parallax verify --client 018f0000-0000-7000-8000-000000000001

    Exit codes: 0 nothing differs, 1 something does or it failed.
    """
    from parallax.commands.running import FAILED, run, settings
    from parallax.engine.verify import verify as compared

    found = run(lambda db: compared(db, client), settings(deadline=DEADLINE_S))
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False, indent=2))
        return FAILED if found.count else 0
    for note in found.notes:
        print(note)
    for each in found.differences:
        print(f"{each.where}: {each.said}")
    if found.count > len(found.differences):
        print(f"… and {found.count - len(found.differences):,} more")
    print(
        f"{found.events:,} events and logs ({found.waiting:,} more wait to be folded), {found.days:,} days of scopes and "
        f"events, {found.sessions:,} sessions: {found.count:,} differences"
    )
    return FAILED if found.count else 0
