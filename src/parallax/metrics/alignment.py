"""How a series of another source stands beside ours: how it was laid on the axis, and how far it agrees."""

import strawberry

from parallax.analyses.agreement import Agreement as Measured
from parallax.analyses.alignment import MOST_MISSING, Aligned, AlignmentMethod, Native
from parallax.costs import listed
from parallax.metrics.catalog import SourceSystem
from parallax.periods import Granularity
from parallax.scalars import DayText

WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")

strawberry.enum(
    AlignmentMethod,
    description="How a source's buckets came to stand on the axis asked for (Y4); where several apply, the one that may "
    "change a number most. EXACT: the source has these very buckets; SUMMED_FROM_DAYS: its days, which are the client's, were "
    "added up; ZONE_APPROXIMATED: its days are of another zone, or of one that it does not tell, and are taken as the "
    "client's; WEEK_SHIFTED: its weeks begin on another day, and each stands at the Monday of the ISO week that holds most "
    "of its days.",
)


@strawberry.type(description="How a source's own buckets were laid on the axis that was asked for (Y4).")
class Alignment:
    method: AlignmentMethod = strawberry.field(description="What was done to the source's buckets.")
    native_time_zone: str | None = strawberry.field(
        description="The zone in which the source cuts its days; null: it tells none."
    )
    native_week_start: str | None = strawberry.field(
        description="The weekday on which the source's own weeks begin, as SUNDAY; null unless it gave weeks."
    )
    missing: list[DayText] = strawberry.field(
        description="First days of the buckets without a value, in order: the source had none, or only one that counts "
        "days outside the period as well. At most the first 1500.",
        metadata=listed(MOST_MISSING),
    )

    @classmethod
    def of(cls, native: Native, aligned: Aligned) -> "Alignment":
        return cls(
            method=aligned.method,
            native_time_zone=native.zone,
            native_week_start=WEEKDAYS[native.week_begins] if native.granularity is Granularity.WEEK else None,
            missing=[DayText(day.isoformat()) for day in aligned.missing],
        )


@strawberry.type(
    description="How far a source agrees with our own measurement of the same, over the buckets that both have: whole ones "
    "that are over and null in neither (Y3)."
)
class Agreement:
    against: SourceSystem = strawberry.field(description="Our own source that it is compared with.")
    buckets: int = strawberry.field(description="Buckets that both have: what the other numbers are made of.")
    bias: float | None = strawberry.field(
        description="Sum of its values divided by the sum of ours: 1.1 is ten percent more. Null when ours is 0 or there is "
        "no bucket."
    )
    mean_absolute_percentage_error: float | None = strawberry.field(
        description="Mean distance from our value, divided by ours, over buckets where ours is not 0; a ratio: 0.1 is ten "
        "percent. Null without such a bucket, or with fewer than 3 buckets in all."
    )
    rank_correlation: float | None = strawberry.field(
        description="Spearman's rank correlation, equal values at the mean of their ranks: 1 where both rise and fall "
        "together, -1 where they do so oppositely. Null when one does not vary, or with fewer than 3 buckets."
    )

    @classmethod
    def of(cls, against: SourceSystem, measured: Measured) -> "Agreement":
        return cls(
            against=against,
            buckets=measured.buckets,
            bias=measured.bias,
            mean_absolute_percentage_error=measured.mean_absolute_percentage_error,
            rank_correlation=measured.rank_correlation,
        )
