"""What Sensor Tower measures over time, beside ranks in charts and its panel."""

from enum import Enum
from typing import Final

import strawberry

from parallax.metrics.catalog import Unit, UserBasis
from parallax.vendor_data.series import Measured


class StoreEstimate(Enum):
    DOWNLOADS = Measured(
        "DOWNLOADS", "Downloads", Unit.COUNT, "Downloads from the stores, as Sensor Tower estimates them.", True
    )
    REVENUE = Measured(
        "REVENUE",
        "Revenue",
        Unit.USD_CENTS,
        "What users paid through the stores, in cents of US dollars, as Sensor Tower estimates it.",
        True,
    )
    ACTIVE_USERS = Measured(
        "ACTIVE_USERS",
        "Active users",
        Unit.COUNT,
        "Users of the bucket, summed over kinds of device, so that who uses two of them counts twice, as Sensor Tower "
        "estimates them.",
        False,
        UserBasis.DEVICE_SUM,
    )


SALES: Final = (StoreEstimate.DOWNLOADS, StoreEstimate.REVENUE)
PER: Final = "as an average per `per`, averaged over the month, as Sensor Tower estimates it."


class StoreUsage(Enum):
    TIME_SPENT = Measured(
        "TIME_SPENT", "Time spent", Unit.SECONDS, f"Seconds that a user spends in the app, {PER}", False
    )
    TOTAL_TIME_SPENT = Measured(
        "TOTAL_TIME_SPENT", "Total time spent", Unit.SECONDS, f"Seconds that all users spend in the app, {PER}", True
    )
    SESSION_DURATION = Measured(
        "SESSION_DURATION", "Session duration", Unit.SECONDS, f"Seconds that a session lasts, {PER}", False
    )
    SESSION_COUNT = Measured(
        "SESSION_COUNT", "Sessions per user", Unit.COUNT, f"Sessions that a user has, {PER}", False
    )
    TOTAL_SESSION_COUNT = Measured("TOTAL_SESSION_COUNT", "Sessions", Unit.COUNT, f"Sessions of all users, {PER}", True)


class StoreAdvertising(Enum):
    SHARE_OF_VOICE = Measured(
        "SHARE_OF_VOICE",
        "Share of voice",
        Unit.RATIO,
        "Share that the app's advertisements have in what a network shows in a country, as Sensor Tower estimates it; below a "
        "millionth it is 0.",
        False,
    )
    RANK = Measured(
        "RANK",
        "Rank as advertiser",
        Unit.RANK,
        "Place of the app among those that advertise on a network in a country, 1 at the top, as Sensor Tower estimates it.",
        False,
    )


DOWNLOADS_BY_SOURCE: Final = Measured(
    "DOWNLOADS_BY_SOURCE",
    "Downloads by source",
    Unit.COUNT,
    "Downloads from the stores by what led to them, as Sensor Tower estimates them; worldwide is Google Play's set of "
    "countries, without China.",
    True,
)


class EstimateModel(Enum):
    CURRENT = "DM_2025_Q2"
    LEGACY = "DM_2025_Q1"


def _meanings(measures: type[Enum]) -> str:
    return " ".join(f"{measure.name}: {measure.value.definition}" for measure in measures)


strawberry.enum(StoreEstimate, description=f"What is estimated of an app. {_meanings(StoreEstimate)}")
strawberry.enum(StoreUsage, description=f"How an app is used. {_meanings(StoreUsage)}")
strawberry.enum(StoreAdvertising, description=f"How an app advertises. {_meanings(StoreAdvertising)}")
strawberry.enum(
    EstimateModel,
    description="Which model of Sensor Tower's made the estimates: CURRENT or the one before it, LEGACY. Only some accounts "
    "may choose; whoever names none gets the account's own.",
)
