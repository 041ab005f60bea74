"""An operation between the limits and its run."""

from dataclasses import dataclass

from graphql import OperationType

from parallax.context import Context
from parallax.errors import ParallaxError
from parallax.http.operations.cache import Operation
from parallax.http.operations.estimates import Estimate
from parallax.http.requests import Asked


@dataclass(slots=True)
class Prepared:
    """An operation that may run. `refusal` is what a limit would say, where it is only told (see `explain`)."""

    asked: Asked
    operation: Operation
    context: Context
    estimate: Estimate
    refusal: ParallaxError | None = None

    @property
    def kind(self) -> OperationType:
        return self.operation.kind

    @property
    def explains(self) -> bool:
        return self.asked.extensions.get("explain") is True

    @property
    def analyzes(self) -> bool:
        """Whether it is run, and then told what that took."""
        return self.asked.extensions.get("explain") == "analyze"
