"""What may be measured by several sources, each in its own way. Pure."""

from dataclasses import dataclass
from enum import Enum, unique

from parallax.metrics.catalog import Unit


@dataclass(frozen=True, slots=True)
class Meaning:
    """One unit for all sources, whatever they tell it in. `additive`: its points may be summed."""

    label: str
    definition: str
    unit: Unit = Unit.COUNT
    additive: bool = True


@unique
class Measure(Enum):
    ACTIVE_USERS = Meaning("Active users", "Distinct users of the bucket.", additive=False)
    NEW_USERS = Meaning("New users", "Users who were first seen in the bucket.")
    RETURNING_USERS = Meaning(
        "Returning users", "Users of the bucket who were first seen before it, however long ago.", additive=False
    )
    SESSIONS = Meaning("Sessions", "Visits: spells of use without a long pause.")
    TIME_SPENT = Meaning("Time spent", "Active time of all users together.", Unit.MILLISECONDS)
    DOWNLOADS = Meaning("Downloads", "First installs from the app stores.")
    REVENUE = Meaning("Revenue", "What users paid in the app stores.", Unit.USD_CENTS)
    RETENTION = Meaning(
        "Retention of the next day",
        "Share of the users first seen in the bucket who come back on the day after their first.",
        Unit.RATIO,
        additive=False,
    )
