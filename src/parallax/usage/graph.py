"""The App Activity series and the reports behind it, as the graph shows them."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import orjson
import strawberry

from parallax import costs
from parallax.apps.loaders import AppKey
from parallax.comparison import Compared, compared
from parallax.connections import Connected, Node, edges, page_info
from parallax.context import Context, Info
from parallax.errors import InvalidParameter
from parallax.ids import GlobalId, canonical, encode
from parallax.metrics.catalog import ActivityMetric, SourceSystem
from parallax.metrics.graph import Metric, MetricComparison, Period, PeriodInput
from parallax.metrics.series import ComparedSeries, Series, Value, paired
from parallax.pages import checked_first
from parallax.periods import DEFAULT_LAST, FROM_DAY, Comparison, Granularity, axis, checked
from parallax.references import actor_of
from parallax.scalars import DayText
from parallax.usage.loaders import ReportKey, ReportRecord, ReportsKey
from parallax.usage.measured import REFERENCE, FromReports, of_reports
from parallax.users.graph import User
from parallax.users.loaders import UserKey

LONGEST_DAYS = 90
SERIES_COST = costs.read(
    REFERENCE,
    source=SourceSystem.APP_USAGE.name,
    extent=costs.Series({metric.name: metric.value.cost for metric in ActivityMetric}, LONGEST_DAYS),
)
# Each page is a statement of its own.
REPORTS_COST = costs.read(REFERENCE, 45, source=SourceSystem.APP_USAGE.name, extent=costs.Page(row=5), once=0)


# ---------------------------------------------------------------- series
async def activity(
    context: Context,
    app: AppKey,
    zone: str,
    metric: ActivityMetric,
    asked: PeriodInput,
    granularity: Granularity,
    compare: Comparison | None,
) -> Metric:
    """A series of the App Activity report (U1 to U5)."""
    today = context.today(zone)
    period = asked.resolved(today)
    if period.days > LONGEST_DAYS:
        raise InvalidParameter(
            "period",
            asked.as_asked(),
            f"spans {period.days} days; an activity report takes at most {LONGEST_DAYS}, both ends included",
        )
    checked(granularity, FROM_DAY)
    main = axis(period, granularity, zone, today)
    other = compared(main, compare, today) if compare is not None else None

    def told_id() -> str:
        question = canonical(_question(app, metric, asked, granularity, compare))
        return encode(GlobalId("Metric", app.client, (question,)))

    measured = FromReports(context, app, metric.value)
    axes = [main] if other is None or other.axis is None else [main, other.axis]
    values, *theirs = [await each for each in [measured.values(each) for each in axes]]  # asked for together
    series = Series(main, values, lambda: measured.total(main))
    return Metric(  # type: ignore[call-arg]  # its id is a resolver
        name=metric.name,
        label=metric.value.label,
        unit=metric.value.unit,
        dimensions=[],
        period=Period.of(period, zone),
        granularity=granularity,
        comparison=None if other is None else _comparison(series, other, measured, *theirs),
        series=series,
        told_id=told_id,
        told_source=lambda: of_reports(context, metric.value),
    )


def _comparison(main: Series, other: Compared, measured: FromReports, theirs: Sequence[Value] = ()) -> MetricComparison:
    """Without a day of its own (29 February alone, a year earlier) it has nothing."""
    axis = other.axis
    total = measured.of_no_days if axis is None else lambda: measured.total(axis)
    compared = ComparedSeries(other, paired(other, theirs), total)
    return MetricComparison(period=Period.of(other.shown, main.axis.zone), main=main, series=compared)


async def activity_again(context: Context, client: UUID, question: str) -> Metric | None:
    """The series that a Metric's id stands for; None when its app is not there (any more), or nobody asked that."""
    try:
        said = orjson.loads(question)
        app, asked = AppKey(client, UUID(said["app"])), PeriodInput.read(said["period"])
        metric, granularity = ActivityMetric[said["activity"]], Granularity[said["granularity"]]
        compare = Comparison[said["compare"]] if "compare" in said else None
        if canonical(_question(app, metric, asked, granularity, compare)) != question:
            return None
    except (KeyError, ValueError, TypeError, AttributeError):  # an id that we never gave out
        return None
    record = await context.app.load(app)
    if record is None:
        return None
    return await activity(context, app, record.time_zone, metric, asked, granularity, compare)


def _question(
    app: AppKey, metric: ActivityMetric, asked: PeriodInput, granularity: Granularity, compare: Comparison | None
) -> dict[str, object]:
    """What a Metric's id stands for (E4): equal questions are equal texts."""
    return {
        "activity": metric.name,
        "app": str(app.id),
        "period": asked.as_asked(),
        "granularity": granularity.name,
        **({"compare": compare.name} if compare else {}),
    }


# ---------------------------------------------------------------- rows
@strawberry.type(description="What one user did with an app on one day. A later report of the same three replaces it.")
class UsageReport(Node):
    user: User = strawberry.field(description="Who used the app.")
    date: DayText = strawberry.field(description="The day, in the client's calendar.")
    active_ms: float = strawberry.field(description="Active time of that day, in milliseconds.")
    sessions: int = strawberry.field(description="Sessions of that day.")

    @classmethod
    def of(cls, record: ReportRecord) -> "UsageReport":
        client, app, day, actor = record.key
        return cls(
            id=strawberry.ID(encode(GlobalId("UsageReport", client, (app, day, actor)))),
            user=User.of(UserKey(client, record.owner), record.user),
            date=DayText(day.isoformat()),
            active_ms=float(record.active_ms),
            sessions=record.sessions,
        )


@strawberry.type(description="A page of usage reports, newest first. Forward only.")
class UsageReportConnection(Connected[UsageReport]):
    @strawberry.field(
        description="How many reports there are over all pages; costs a statement of its own.",
        metadata=costs.read(REFERENCE, 100, source=SourceSystem.APP_USAGE.name, once=0),
    )
    async def total_count(self) -> float | None:
        return await self.counted()


async def usage_reports(
    info: Info, app: AppKey, zone: str, asked: PeriodInput | None, user: str | None, first: int, after: str | None
) -> UsageReportConnection:
    """A page of an app's reports; without a period those of the last 30 days (T5)."""
    context = info.context
    period = (asked or PeriodInput(last=DEFAULT_LAST)).resolved(context.today(zone))
    actor = await _actor(context, app.client, user)
    of_list = f"usageReports|{app.client}|{app.id}|{period.start}|{period.end}|{actor}"
    place = context.cursors.read(of_list, after)
    key = ReportsKey(
        *app, period, actor, (date.fromisoformat(place[0]), place[1]) if place else None, checked_first(first) + 1
    )
    page = context.cursors.page(
        of_list,
        await context.usage_reports.load(key),
        first,
        lambda record: (record.key.day.isoformat(), record.key.actor),
        continued=place is not None,
    )
    nodes = [UsageReport.of(record) for record in page.rows]
    return UsageReportConnection(
        edges=edges(page, nodes),
        nodes=nodes,
        page_info=page_info(page),
        counted=lambda: context.usage_report_count.load(key),
    )


async def _actor(context: Context, client: UUID, user: str | None) -> int | None:
    """The actor of a global or external id; -1, which no report has, for a user that never reported."""
    if user is None:
        return None
    actor = actor_of(user, client)
    if actor is None:
        actor = await context.actor.load((client, user))
    return -1 if actor is None else actor


async def report_again(context: Context, key: ReportKey) -> UsageReport | None:
    record = await context.usage_report.load(key)
    return None if record is None else UsageReport.of(record)
