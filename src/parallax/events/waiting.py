"""Waits until the database that answers holds what a receipt stands for: a replica may be behind."""

import asyncio
import time
from typing import Final

from parallax.access.viewer import Viewer
from parallax.db import Database
from parallax.errors import InvalidParameter, Timeout
from parallax.receipts import Receipt
from parallax.scopes import statement

STATE_REACHED = statement(__file__, "state_reached")
FIRST_PAUSE_S: Final = 0.005
LONGEST_PAUSE_S: Final = 0.2


async def held(db: Database, viewer: Viewer, receipt: Receipt, ends: float, argument: str = "after") -> None:
    """Returns when all that the receipt stands for is there. `ends` is monotonic time.

    Raises InvalidParameter for a client that the caller does not see, Timeout when it is not there in time.
    """
    if not viewer.sees(receipt.client):
        raise InvalidParameter(argument, None, "is not a receipt of a client that this token opens")
    wanted = (receipt.position, receipt.usage_version, receipt.links, receipt.traits)
    pause_s = FIRST_PAUSE_S
    while True:
        rows = await db.rows(viewer.scope([receipt.client]), STATE_REACHED, receipt.client, *wanted)
        if rows and rows[0]["reached"]:
            return
        if time.monotonic() + pause_s > ends:
            raise Timeout(f"{argument}: what the receipt stands for has not arrived here in time: ask again.")
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
