"""What a client can ask, as the graph shows it."""

from datetime import datetime
from enum import Enum
from typing import Annotated
from uuid import UUID

import strawberry

from parallax import costs
from parallax.context import Context, Info
from parallax.metrics.catalog import SourceSystem
from parallax.sources.described import BY_NAME, MOST_FIELDS, SOURCES, Source
from parallax.vendors.breaker import State
from parallax.vendors.calling import Line
from parallax.vendors.credentials import LABELS, AccountKey
from parallax.vendors.quota import Left


@strawberry.enum(
    description="HEALTHY: nothing is known to be wrong. DEGRADED: its last call failed, or little is left of its quota. DOWN: "
    "it is not called, for it failed too often or its credentials cannot be used. NOT_CONNECTED: there are no credentials."
)
class HealthState(Enum):
    HEALTHY = "HEALTHY"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"
    NOT_CONNECTED = "NOT_CONNECTED"


@strawberry.type(
    description="How a vendor does, as this gateway has seen it since it started: nothing is called to find out."
)
class SourceHealth:
    state: HealthState = strawberry.field(description="How it does.")
    message: str | None = strawberry.field(description="What is wrong, for people; null while nothing is.")
    checked_at: datetime | None = strawberry.field(
        default=None, description="When it was called last; null: not since the gateway started."
    )
    last_success_at: datetime | None = strawberry.field(
        default=None, description="When it last answered well; null: not since the gateway started."
    )
    quota_limit: float | None = strawberry.field(
        default=None, description="Calls that it allows in the running month; null: it has not told."
    )
    quota_used: float | None = strawberry.field(
        default=None,
        description="Calls made in it, by its own count where it tells one, else by all gateways' count; null: not connected.",
    )
    quota_resets_at: datetime | None = strawberry.field(
        default=None, description="When the next month begins; null: not connected."
    )


@strawberry.type(description="What a source holds: a column of a table, or a measure of a vendor.")
class DataField:
    name: str = strawberry.field(description="Its name.")
    type: str = strawberry.field(description="PostgreSQL's type of a column; the Unit of a measure.")
    description: str | None = strawberry.field(description="What it means; null where nobody said.")


@strawberry.type(description="Something that can be asked: a table of the client's own, or a vendor.")
class DataSource:
    name: str = strawberry.field(description="Its name, for `source(name)`: that of its system, in lower case.")
    system: SourceSystem = strawberry.field(description="The system.")
    description: str = strawberry.field(description="What it holds.")
    table: str | None = strawberry.field(description="The table that holds it; null for a vendor.")
    client: strawberry.Private[UUID]
    held: strawberry.Private[Source]

    @classmethod
    def of(cls, client: UUID, held: Source) -> "DataSource":
        return cls(
            name=held.name,
            system=held.system,
            description=held.description,
            table=held.table,
            client=client,
            held=held,
        )

    @strawberry.field(
        description="Columns of the table, or what the vendor measures.", metadata=costs.listed(MOST_FIELDS)
    )
    def fields(
        self,
        search: Annotated[
            str | None, strawberry.argument(description="A part of the name, in upper or lower case.")
        ] = None,
    ) -> list[DataField]:
        wanted = (search or "").lower()
        return [DataField(**each._asdict()) for each in self.held.fields if wanted in each.name.lower()]

    @strawberry.field(
        description="How the vendor does for this client; null for its own tables.",
        metadata=costs.read("vendor_credential", 5),
    )
    async def health(self, info: Info) -> SourceHealth | None:
        return None if self.system not in LABELS else await health_of(info.context, self.client, self.system)


async def health_of(context: Context, client: UUID, system: SourceSystem) -> SourceHealth:
    account = await context.vendor_account.load(AccountKey(client, system))
    if account is None:
        return SourceHealth(state=HealthState.NOT_CONNECTED, message=f"{LABELS[system]} is not connected.")
    if account.problem is not None:
        return SourceHealth(state=HealthState.DOWN, message=account.problem.message)
    assert context.gate is not None
    line = context.gate.line(account)
    left, low = await line.quota.left(), await line.quota.is_low()
    state, message = _judged(line, left, low)
    return SourceHealth(
        state=state,
        message=message,
        checked_at=line.checked_at,
        last_success_at=line.succeeded_at,
        quota_limit=left.limit,
        quota_used=left.used,
        quota_resets_at=left.resets_at,
    )


def _judged(line: Line, left: Left, low: bool) -> tuple[HealthState, str | None]:
    problem = None if line.problem is None else line.problem.message
    if line.breaker.state is not State.CLOSED:
        return HealthState.DOWN, problem
    if problem is not None:
        return HealthState.DEGRADED, problem
    if low:
        return HealthState.DEGRADED, f"{left.remaining} of {left.limit} calls are left of the month's quota."
    return HealthState.HEALTHY, None


def sources_of(client: UUID) -> list[DataSource]:
    return [DataSource.of(client, held) for held in SOURCES]


def source_named(client: UUID, name: str) -> DataSource | None:
    held = BY_NAME.get(name.strip().lower())
    return None if held is None else DataSource.of(client, held)
