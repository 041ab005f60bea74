"""Rolling rate limits."""

from collections import deque
from datetime import datetime, timedelta


class Window:
    """At most `most` calls in any `span`; None: no limit. A call that is refused does not count."""

    def __init__(self, most: int | None, span: timedelta) -> None:
        self.most, self.span = most, span
        self._calls: deque[datetime] = deque()

    def wait(self, now: datetime) -> timedelta | None:
        """How long until one more call has room; None: there is room."""
        if self._calls and self._calls[-1] > now:
            self._calls.clear()  # the clock was set back
        while self._calls and now - self._calls[0] >= self.span:
            self._calls.popleft()
        if self.most is None or len(self._calls) < self.most:
            return None
        return self._calls[0] + self.span - now if self._calls else self.span

    def count(self, now: datetime) -> None:
        self._calls.append(now)
