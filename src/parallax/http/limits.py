"""What a request and its token may cost: the highest cost of one request, and each token's budget.

A budget is in units of cost; that of a token which only sends, in rows.
"""

import hashlib
import math
import time
from collections import OrderedDict
from datetime import datetime
from typing import Final
from uuid import UUID

from parallax.access.budget import Buckets, Budget
from parallax.access.viewer import Viewer
from parallax.errors import ParallaxError, RateLimited, TooCostly
from parallax.settings import Settings

MOST_CALLERS: Final = 10_000


class Limits:
    """One per process. Where limits are only measured (`enforced` is false) it says what it would refuse."""

    def __init__(self, settings: Settings) -> None:
        self.enforced = settings.limits == "enforce"
        self._most = settings.max_cost
        self._units, self._rows = Buckets(settings.rate_limit), Buckets(settings.ingest_rate)
        self._known: OrderedDict[bytes, tuple[UUID, bool]] = OrderedDict()

    def check_spent(self, authorization: str) -> bytes:
        """Before anything is done for a token: raises RateLimited while its budget is spent. A key for `met`."""
        key = hashlib.sha256(authorization.encode("latin-1", "replace")).digest()
        known, at = self._known.get(key), time.monotonic()
        if known is not None and self.enforced:
            owner, sends = known
            buckets = self._rows if sends else self._units
            if buckets.spent(owner, at):
                raise limited(buckets.wait(owner, 1.0, at), sends=sends)
        return key

    def met(self, key: bytes, viewer: Viewer) -> None:
        """From now on `check_spent` knows whose token it is."""
        self._known[key] = viewer.id, viewer.ingest_only
        if len(self._known) > MOST_CALLERS:
            self._known.popitem(last=False)

    def refusal(
        self, viewer: Viewer, cost: float, before: float = 0.0, *, rows: int = 0, explains: bool = False
    ) -> ParallaxError | None:
        """What is to be said against a request of `cost` that sends `rows`, `before` being the cost of the rest of its batch.

        Otherwise the cost is taken from the budget, unless the request only explains.
        """
        if cost + before > self._most:
            return TooCostly(
                f"The request costs {cost + before:,.0f} units; at most {self._most:,} are allowed (PARALLAX_MAX_COST). "
                "Ask for fewer rows, buckets or fields.",
                details={"cost": cost + before, "limit": self._most},
            )
        buckets = self._of(viewer)
        take = buckets.wait if explains else buckets.take
        wait_s = take(viewer.id, max(1, rows) if viewer.ingest_only else cost, time.monotonic())
        return limited(wait_s, sends=viewer.ingest_only) if wait_s > 0 else None

    def charge(self, viewer: Viewer, cost: float) -> None:
        """For one more event of a stream. Raises RateLimited: streams slow down, they do not break."""
        wait_s = self._units.take(viewer.id, cost, time.monotonic())
        if wait_s > 0 and self.enforced:
            raise limited(wait_s, sends=False)

    def left(self, viewer: Viewer, now: datetime) -> Budget:
        return self._of(viewer).left(viewer.id, time.monotonic(), now)

    def _of(self, viewer: Viewer) -> Buckets:
        return self._rows if viewer.ingest_only else self._units


def limited(wait_s: float, *, sends: bool) -> RateLimited:
    wait_s = max(1.0, math.ceil(wait_s * 10) / 10)
    setting, again = ("PARALLAX_INGEST_RATE", "send") if sends else ("PARALLAX_RATE_LIMIT", "ask")
    problem = f"The token has spent its budget ({setting}): {again} again in {math.ceil(wait_s)} s."
    return RateLimited(problem, retry_after_s=wait_s)
