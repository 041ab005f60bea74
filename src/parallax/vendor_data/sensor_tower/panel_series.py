"""Series of the panel: how a cohort's users come, stay and go, and how much they use the app."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, NamedTuple
from uuid import UUID

import strawberry

from parallax.metrics.catalog import SourceSystem, Unit, UserBasis
from parallax.metrics.graph import Metric
from parallax.metrics.series import Value
from parallax.metrics.shapes import PeriodInput
from parallax.periods import DEFAULT_LAST, Granularity, checked
from parallax.vendor_data.reading import At, read
from parallax.vendor_data.sensor_tower.buckets import absent_buckets, buckets
from parallax.vendor_data.sensor_tower.keys import account
from parallax.vendor_data.series import Measured, Part, source_info, vendor_metric
from parallax.vendors.sensor_tower import panel
from parallax.vendors.sensor_tower.panel import Analysis
from parallax.vendors.sensor_tower.vendor import VENDOR

FAMILY: Final = "panel"


@strawberry.enum(
    description="Where users of the panel are. US: the United States; TIER_1: what the vendor calls tier 1 countries; "
    "LATIN_AM: Latin America; SE_ASIA: South-East Asia."
)
class PanelRegion(Enum):
    US = "US"
    TIER_1 = "TIER_1"
    LATIN_AM = "LATIN_AM"
    SE_ASIA = "SE_ASIA"


class Figure(NamedTuple):
    """`member` of a part is the series, `parts` of it are the slices."""

    member: str
    measured: Measured
    parts: tuple[str, ...] = ()


def _figure(name: str, label: str, unit: Unit, member: str, definition: str, *parts: str) -> Figure:
    return Figure(member, Measured(name, label, unit, definition, is_additive=False, users=UserBasis.DEVICE), parts)


class PanelMetric(Enum):
    TIME_SPENT = _figure(
        "TIME_SPENT", "Time spent", Unit.SECONDS, "avg_time_spent",
        "Seconds that a user of the app in the panel spends in it in the bucket, on average.",
    )  # fmt: skip
    SESSION_COUNT = _figure(
        "SESSION_COUNT", "Sessions per user", Unit.COUNT, "avg_session_count",
        "Sessions of the app that its users in the panel have in the bucket, on average.",
    )  # fmt: skip
    DAU_GROWTH = _figure(
        "DAU_GROWTH", "Growth of daily users", Unit.RATIO, "pct_dau_growth",
        "Change of the app's daily users in the panel from the bucket before, as a ratio: 0.02 is two percent more.",
    )  # fmt: skip


strawberry.enum(
    PanelMetric,
    description="What is measured of a cohort's use of its app. "
    + " ".join(f"{each.name}: {each.value.measured.definition}" for each in PanelMetric)
    + " DAU_GROWTH is known among the users of another cohort alone.",
)
CHURN: Final = _figure(
    "CHURN", "Churn", Unit.RATIO, "churned",
    "Of the app's users in the panel in the month before, the share that does not use it in the month; of the slices new, "
    "resurrected and retained are shares of the month's users, and add up to 1.",
    "new", "resurrected", "retained", "churned",
)  # fmt: skip


class CohortKey(NamedTuple):
    client: UUID
    cohort: str


@dataclass(frozen=True, slots=True)
class AskedSeries:
    """`metric` None: churn. `among`: the cohort whose users alone are looked at."""

    cohort: str
    metric: PanelMetric | None
    period: PeriodInput | None
    granularity: Granularity
    region: PanelRegion | None
    among: str | None = None

    @property
    def figure(self) -> Figure:
        return CHURN if self.metric is None else self.metric.value

    @property
    def analysis(self) -> Analysis:
        if self.metric is None:
            return panel.CHURN
        return panel.ENGAGEMENT if self.among is None else panel.CROSS_APP

    def said(self) -> dict[str, Any]:
        """For the series' id."""
        said = {
            "metric": self.metric and self.metric.name,
            "region": self.region and self.region.name,
            "among": self.among,
        }
        period = PeriodInput(last=DEFAULT_LAST) if self.period is None else self.period
        return {
            "vendor": FAMILY,
            "cohort": self.cohort,
            "granularity": self.granularity.name,
            "period": period.as_asked(),
            **{name: value for name, value in said.items() if value is not None},
        }


async def panel_series(at: At, client: UUID, asked: AskedSeries) -> Metric | None:
    """None where little is left of the quota. Raises InvalidParameter for what the vendor cannot tell."""
    figure, analysis = asked.figure, asked.analysis
    checked(asked.granularity, analysis.widths)
    span = buckets(at, asked.period, asked.granularity, analysis.since)
    region = asked.region and asked.region.name
    pieces = analysis.pieces(asked.cohort, asked.granularity, span.known, country=region, filter_cohort_id=asked.among)
    found = await read(at, await account(at, client), analysis, pieces)
    if found is None:
        return None
    parts = {piece.bucket: kept.part or {} for piece, kept in found.kept.items()}

    def column(member: str) -> list[Value]:
        return [parts.get(day, {}).get(member) for day in span.axis.dates]

    values = column(figure.member)
    absent_buckets(at, sum(part.get(figure.member) is None for part in parts.values()), len(values))
    return vendor_metric(
        client,
        asked.said(),
        figure.measured,
        span.axis,
        values,
        # Of several buckets it could be told only with the users of each.
        values[0] if len(values) == 1 else None,
        source_info(SourceSystem.SENSOR_TOWER, VENDOR.label, figure.measured, analysis.path, found, is_estimate=True),
        {name: value for name, value in (("region", region), ("among", asked.among)) if value is not None},
        # Without totals, for a part is no share of the churn.
        [Part(member, column(member), None) for member in figure.parts] if figure.parts else None,
    )


async def panel_again(at: At, client: UUID, said: Mapping[str, Any]) -> Metric | None:
    """The series of an id."""
    return await panel_series(
        at,
        client,
        AskedSeries(
            panel.checked_cohort("cohort", said["cohort"]),
            PanelMetric[said["metric"]] if "metric" in said else None,
            PeriodInput.read(said["period"]),
            Granularity[said["granularity"]],
            PanelRegion[said["region"]] if "region" in said else None,
            panel.checked_cohort("among", said["among"]) if "among" in said else None,
        ),
    )
