"""How rows are asked for and by whom, and what they name."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from parallax import costs
from parallax.access.viewer import Role
from parallax.analyses.questions import Ground, Measure, Question
from parallax.analyses.rows import Place, RowsOfSession, RowsPage
from parallax.analyses.session_rows import SessionsPage
from parallax.connections import Connected, edges, page_info
from parallax.context import Context
from parallax.errors import InvalidParameter
from parallax.filters import Condition, Operator
from parallax.filters.values import is_storable
from parallax.metrics.catalog import SourceSystem
from parallax.moments import EPOCH_DAY, FIRST_DAY, last_day
from parallax.pages import checked_first
from parallax.periods import Axis, Granularity, Period, unlimited_axis
from parallax.users.graph import PAGE, User, user_again
from parallax.users.loaders import UserKey

SYSTEM: Final = SourceSystem.EVENTS.name
ROW_COST: Final = 12.0
"""Units: its properties are read, and made JSON again."""
ROWS_COST: Final = costs.read("events", 300, source=SYSTEM, extent=costs.Page(row=ROW_COST), once=0)
LONGEST_PART: Final = 200
C = TypeVar("C", bound=Connected[Any])


async def paged(
    context: Context,
    kind: Callable[..., C],
    of_list: str,
    ask: Callable[[int, Place | None], RowsPage | RowsOfSession | SessionsPage],
    shown: Callable[[Any], Any],
    counted: Callable[[], Awaitable[float]],
    first: int | None,
    after: str | None,
) -> C:
    """A page of rows that go down by their place; `ask` is for how many of them, after which place."""
    size = checked_first(PAGE if first is None else first)
    place = context.cursors.read(of_list, after)
    found = await context.asked.load(ask(size + 1, (place[0], place[1]) if place else None))
    page = context.cursors.page(of_list, found, size, lambda row: row.place, continued=place is not None)
    nodes = [shown(row) for row in page.rows]
    return kind(edges=edges(page, nodes), nodes=nodes, page_info=page_info(page), counted=counted)


def every_event(ground: Ground) -> Question:
    """All events of all time."""
    return Question(ground, Measure.EVENTS, all_days(ground))


def all_days(ground: Ground) -> Axis:
    """All days that an event may lie on."""
    first, last = (EPOCH_DAY + timedelta(days=day) for day in (FIRST_DAY, last_day(ground.today)))
    return one_span(ground, Period(first, last))


def one_span(ground: Ground, period: Period) -> Axis:
    """For rows and totals, which have no buckets: the period in as few as may be."""
    return unlimited_axis(period, Granularity.QUARTER, ground.zone, ground.today)


def needs_editor(context: Context, client: UUID) -> None:
    """Rows tell what single people did: who only reads sees numbers."""
    context.viewer.needs(Role.EDITOR, client, "Reading single events, sessions and logs")


def may_see_rows(context: Context, client: UUID) -> bool:
    role = context.viewer.role(client)
    return role is not None and role.covers(Role.EDITOR)


# ---------------------------------------------------------------- conditions on logs
def equal(**wanted: str | None) -> list[Condition]:
    """One for each field that is given. InvalidParameter for a text that no record can hold."""
    return [Condition(name, Operator.EQ, _checked(name, text)) for name, text in wanted.items() if text is not None]


def containing(field: str, part: str | None, argument: str) -> list[Condition]:
    """The text is anywhere in the field, in upper or lower case."""
    if not part:
        return []
    if len(part) > LONGEST_PART:
        raise InvalidParameter(argument, part[:LONGEST_PART], f"has {len(part)} characters; it may have {LONGEST_PART}")
    quoted = "".join(
        letter if letter.isalnum() or ord(letter) > 127 else f"\\x{ord(letter):02x}"
        for letter in _checked(argument, part)
    )
    return [Condition(field, Operator.REGEX, f"(?i){quoted}")]


def _checked(argument: str, text: str) -> str:
    if not is_storable(text):
        raise InvalidParameter(argument, None, "holds NUL or half a surrogate pair, which no text may")
    return text


# ---------------------------------------------------------------- what rows name
async def user_of(context: Context, client: UUID, actor: int) -> User | None:
    return None if actor == 0 else await user_again(context, UserKey(client, actor))


async def session_name(context: Context, client: UUID, number: int) -> str | None:
    return None if number == 0 else await context.session_name.load((client, number))
