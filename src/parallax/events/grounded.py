"""What has events: a client, or one of its apps."""

from abc import ABC, abstractmethod

from parallax.analyses.questions import Ground
from parallax.context import Context
from parallax.engine.frames import EVENTS


class Grounded(ABC):
    @abstractmethod
    def ground(self, context: Context, stream: int = EVENTS) -> Ground:
        """Whose events, or logs, the fields are about, as of today there."""
