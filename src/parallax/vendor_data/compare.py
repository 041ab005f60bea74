"""One measure of an app from several sources, on one axis (Y3, Y4)."""

from asyncio import Future, ensure_future
from collections.abc import Collection
from typing import Annotated, Final

import strawberry

from parallax import costs
from parallax.analytics.measured import axis_of
from parallax.apps.loaders import AppKey
from parallax.context import Info
from parallax.errors import InvalidParameter
from parallax.metrics.catalog import COUNTED, DISTINCT, SourceSystem
from parallax.metrics.graph import Metric
from parallax.metrics.measures import Measure
from parallax.metrics.shapes import PeriodInput
from parallax.periods import FROM_DAY, Granularity, checked
from parallax.vendor_data.asked import AskedMeasure, checked_country
from parallax.vendor_data.measured import measured_metric
from parallax.vendor_data.measures import WAYS
from parallax.vendor_data.reading import At
from parallax.vendor_data.sensor_tower.asked import JOINED

_DEAR: Final = {Measure.ACTIVE_USERS: DISTINCT, Measure.RETURNING_USERS: DISTINCT}
_COST: Final = {measure: _DEAR.get(measure, COUNTED) for measure in Measure}
COMPARE_COST: Final = costs.read(
    "events",
    3 * JOINED,  # a vendor's calls are shared
    source=SourceSystem.EVENTS.name,
    extent=costs.Series(
        {measure.name: _COST[measure] for measure in Measure},
        metric="measure",
        compare=None,
        more_where=("country",),
        many=len(SourceSystem) - 1,  # COMBINED is of several
    ),
)
OWN: Final = {SourceSystem.EVENTS, SourceSystem.APP_USAGE}


@strawberry.type
class ComparedSources:
    """The field of an app."""

    key: strawberry.Private[AppKey]
    zone: strawberry.Private[str]

    @strawberry.field(
        description="One measure from every source that has it: our own events, usage reports, and the vendors that the app is "
        "linked to, in the order of `SourceSystem`. All are on one axis, by DAY, WEEK, MONTH or QUARTER; `alignment` says what "
        "was done to a vendor's own buckets, and `agreement` how far it agrees with what we measured (Y3, Y4). An element is "
        "null, with an error at its path, when its source is silent; and with the reason in `extensions.missing` when it has "
        "nothing, or nothing that can be laid on that axis (N1).",
        metadata=COMPARE_COST,
        graphql_type=list[Metric | None] | None,
    )
    async def compare_sources(
        self,
        info: Info,
        measure: Annotated[Measure, strawberry.argument(description="What is measured.")],
        period: Annotated[PeriodInput, strawberry.argument(description="Days to measure.")],
        granularity: Annotated[
            Granularity | None, strawberry.argument(description="Width of a bucket.")
        ] = Granularity.DAY,
        country: Annotated[
            str | None,
            strawberry.argument(
                description="Only this country, by its ISO code; WW and absent: everywhere. Of events their property `country` "
                "tells; sources that cannot tell countries apart, such as usage reports, are left out."
            ),
        ] = None,
        sources: Annotated[
            list[SourceSystem] | None,
            strawberry.argument(
                description="Only these, each of which must have the measure; absent: all that have it."
            ),
        ] = None,
    ) -> list[Future[Metric | None]]:
        app, context, where = self.key, info.context, checked_country(country)
        axis = axis_of(context, self.zone, period, checked(granularity or Granularity.DAY, FROM_DAY))
        offered = _offered(measure, sources, where)
        linked = {link.to.system for link in await context.app_links.load(app)} if offered - OWN else set()
        asked = [
            AskedMeasure(measure, source, app.id, where, period, axis.granularity)
            for source in SourceSystem
            if source in offered & (OWN | linked)
        ]
        path = tuple(info.path.as_list())
        # Each is waited for, and fails, by itself. All begin now, with those of other apps: what vendors are asked in one
        # turn is as few calls as they allow, and a long answer is made in several.
        return [
            ensure_future(measured_metric(At(context, (*path, at)), app.client, each, axis))
            for at, each in enumerate(asked)
        ]


def _offered(measure: Measure, among: Collection[SourceSystem] | None, country: str | None) -> set[SourceSystem]:
    """Sources that have the measure. InvalidParameter where one of those asked for does not."""
    ways = WAYS[measure]
    if strange := [source.name for source in among or () if source not in ways]:
        problem = f"{strange[0]} does not measure {measure.name}"
        raise InvalidParameter("sources", strange, problem, [each.name for each in ways])
    return {
        source
        for source, way in ways.items()
        if (among is None or source in among) and (country is None or way.by_country)
    }
