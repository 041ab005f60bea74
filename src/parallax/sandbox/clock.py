"""The sandbox's own time: what is today there, and what the rate limits are counted by."""

import time
from datetime import UTC, date, datetime, timedelta


class Clock:
    """Runs with the machine's until it is set; then from the given instant on, or it stands there."""

    def __init__(self, now: datetime | None = None) -> None:
        self._began = now
        self.set(now)

    def set(self, now: datetime | None, *, stands: bool = False) -> None:
        """None: back to the machine's time. An instant without a zone is UTC."""
        self._from = now if now is None or now.tzinfo else now.replace(tzinfo=UTC)
        self._at = None if stands else time.monotonic()

    def advance(self, by: timedelta) -> None:
        self.set(self.now() + by, stands=self._at is None)

    def reset(self) -> None:
        """Back to what it was made with."""
        self.set(self._began)

    def now(self) -> datetime:
        if self._from is None:
            return datetime.now(UTC)
        passed = 0.0 if self._at is None else time.monotonic() - self._at
        return (self._from + timedelta(seconds=passed)).astimezone(UTC)

    def today(self) -> date:
        return self.now().date()
