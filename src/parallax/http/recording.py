"""What is known of an HTTP request, and told of it when it is over."""

from dataclasses import dataclass

from graphql import OperationType

from parallax import telemetry
from parallax.http.delivery import Delivery
from parallax.http.negotiation import Accepted
from parallax.http.prepared import Prepared
from parallax.http.requests import Call
from parallax.telemetry import Refusal


@dataclass(slots=True)
class Request:
    """What is known of a request, for its answer and for what is told of it. `name` is of what runs no operation."""

    call: Call
    delivery: Delivery
    id: str
    accepts: Accepted
    status: int = 200
    token: str | None = None
    ran: Prepared | None = None
    errors: int = 0
    refused: Refusal | None = None
    name: str | None = None

    def tell(self, took_s: float, statements: list[str], trace: str | None, slow_s: float) -> None:
        """To the counters and the log."""
        ran = self.ran
        stored = ran.operation.stored.name if ran is not None and ran.operation.stored is not None else None
        follows = ran is not None and ran.kind is OperationType.SUBSCRIPTION
        telemetry.answered(self.status, None if follows else took_s, stored or self.name)
        name, cost = (self.name, None) if ran is None else (ran.operation.name, ran.estimate.cost)
        telemetry.request_line(
            request_id=self.id,
            status=self.status,
            took_s=took_s,
            statements=len(statements),
            token=self.token,
            operation=name,
            cost=cost,
            errors=self.errors,
            refused=self.refused.value if self.refused else None,
            trace=trace,
        )
        if took_s > slow_s and ran is not None and not follows:
            telemetry.slow_line(
                request_id=self.id,
                took_s=took_s,
                statements=statements,
                operation=name,
                digest=ran.operation.digest,
                cost=cost,
                trace=trace,
            )
