"""Sending usage reports, as the graph offers it."""

from datetime import date as Day
from typing import Annotated

import strawberry

from parallax import costs
from parallax.access.viewer import Role
from parallax.context import Info
from parallax.errors import InvalidParameter
from parallax.naming import client_named
from parallax.payloads import Payload, Refusals, RejectedRow, rejected_rows
from parallax.receipts import Receipt
from parallax.scopes import Scope
from parallax.usage.reports import Reader, Rejected, Report
from parallax.usage.track import track

MOST_ROWS = 10_000
ROW_COST = 6.0


@strawberry.input(description="What one user did in one app on one day.")
class UsageReportInput:
    app: strawberry.ID = strawberry.field(description="The app, by global id or bare UUID; of the client named.")
    user: str = strawberry.field(description="The client's own id of the user, 1 to 500 characters.")
    date: Day = strawberry.field(description="A day of the client, from 1970-01-01 to the client's tomorrow.")
    active_ms: float = strawberry.field(description="Milliseconds of active use: whole, from 0 to 10^12.")
    sessions: int = strawberry.field(description="Sessions, from 0.")


@strawberry.type(
    description="What became of the rows of usageTrack: the four add up to what was sent. All 0 and empty when the call "
    "was refused as a whole."
)
class UsageTrackPayload(Payload):
    accepted: int = strawberry.field(default=0, description="New rows.")
    duplicates: int = strawberry.field(default=0, description="Rows equal to what was there: nothing changed.")
    replaced: int = strawberry.field(
        default=0, description="Rows that took the place of one of the same user, app and day with other numbers."
    )
    rejected: list[RejectedRow] = rejected_rows()
    receipt: str | None = strawberry.field(
        default=None,
        description="Stands for these rows: sent back as `extensions.after`, or as the header Parallax-After, the answer "
        "holds them, on any gateway, or fails with TIMEOUT. Null when the call was refused as a whole.",
    )


@strawberry.type
class UsageMutations:
    @strawberry.mutation(
        description="Stores usage reports of one client, one per user, app and day: one sent again replaces the earlier "
        "(U1). Each row is taken or rejected by itself; those taken are kept together, and count in the next answer. "
        "Safe to repeat. At most 10000 rows. Needs EDITOR, or a token that only sends.",
        metadata=costs.of(costs.CHANGE, extent=costs.Sent("reports", MOST_ROWS, ROW_COST)),
        extensions=[Refusals()],
    )
    async def usage_track(
        self,
        info: Info,
        client: Annotated[
            strawberry.ID, strawberry.argument(description="Whose reports they are, by global id or bare UUID.")
        ],
        reports: Annotated[list[UsageReportInput], strawberry.argument(description="The rows, at most 10000.")],
    ) -> UsageTrackPayload:
        context = info.context
        held = await client_named(context, client, Role.EDITOR, "Sending usage")
        if len(reports) > MOST_ROWS:
            raise InvalidParameter(
                "reports", len(reports), f"are {len(reports)} rows; one call takes at most {MOST_ROWS}"
            )
        reader = Reader(held.id, context.today(held.time_zone))
        read = [reader.read(place, _row(report)) for place, report in enumerate(reports)]
        taken = [row for row in read if isinstance(row, Report)]
        refused = [row for row in read if isinstance(row, Rejected)]
        tracked = await track(context.db, Scope.of(held.id), held.id, taken)
        return UsageTrackPayload(
            accepted=tracked.accepted,
            duplicates=tracked.duplicates,
            replaced=tracked.replaced,
            rejected=[RejectedRow.of(row) for row in sorted(refused + tracked.rejected)],
            receipt=context.receipts.make(Receipt(held.id, usage_version=tracked.version)),
        )


def _row(report: UsageReportInput) -> dict[str, object]:
    return {
        "app": report.app,
        "user": report.user,
        "date": report.date,
        "activeMs": report.active_ms,
        "sessions": report.sessions,
    }
