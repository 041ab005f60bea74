"""Series of events as a server without an engine would answer them: a statement on the roll-ups for each."""

from functools import cached_property
from typing import Any, Final

from parallax.analyses.grounds import begun, day_number, days_of
from parallax.analyses.questions import Measure, Values
from parallax.context import Context
from parallax.loading import DataLoader, batched
from parallax.scopes import Statement

COLUMNS: Final = {
    Measure.EVENTS: "events",
    Measure.DAU: "users",
    Measure.FIRST_TIME: "firsts",
    Measure.USERS: "firsts",
    Measure.SESSIONS: "starts",
}
STATEMENTS: Final = {
    measure: Statement(
        f"series of {column}",
        f"select day, {column} from event_day where client_id = $1 and scope = 0 and event = "  # noqa: S608 - our own texts
        "case when $2::text is null then 0 else "
        "(select number from event_name where client_id = $1 and stream = 0 and name = $2) end "
        "and day between $3 and $4 order by day",
    )
    for measure, column in COLUMNS.items()
}


class SqlContext(Context):
    """Knows the series by day of a whole client, of what the columns of a day hold."""

    @cached_property
    def asked(self) -> DataLoader[Any, Any]:
        async def load(asks: list[Values]) -> list[list[float | None]]:
            return [await self._values(ask) for ask in asks]

        return batched(load)

    async def _values(self, ask: Values) -> list[float | None]:
        question = ask.question
        client, axis = question.ground.client, question.axis
        rows = await self.db.rows(
            self.viewer.scope([client]), STATEMENTS[question.measure], client, question.event, *days_of(axis)
        )
        known = dict(map(tuple, rows))
        return begun(axis, [known.get(day_number(day), 0) for day in axis.dates])
