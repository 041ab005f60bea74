"""A Metric by its id (E4)."""

from typing import Any
from uuid import UUID

import orjson

from parallax.analyses.questions import Ground
from parallax.analytics.asked import read_series
from parallax.analytics.evaluated import formula_metric, strange_app
from parallax.analytics.formula import AskedFormula, read_formula
from parallax.analytics.series import series_metric
from parallax.apps.loaders import AppKey
from parallax.context import Context
from parallax.engine.frames import EVENTS
from parallax.errors import InvalidParameter
from parallax.ids import canonical
from parallax.metrics.graph import Metric
from parallax.usage.graph import activity_again
from parallax.vendor_data.again import vendor_again
from parallax.vendor_data.measured import measured_again
from parallax.vendor_data.reading import At


async def metric_again(at: At, client: UUID, question: str) -> Metric | None:
    """The series that an id stands for; None when whose it is is not there (any more), or nobody asked that."""
    context = at.context
    said: Any = orjson.loads(question)
    if not isinstance(said, dict):
        return None
    if "activity" in said:
        return await activity_again(context, client, question)
    if "vendor" in said:
        return await vendor_again(at, client, said)
    if "measure" in said:
        return await measured_again(at, client, question)
    try:
        app = UUID(said.pop("app")) if "app" in said else None
        asked = read_formula(said) if "formula" in said else read_series(said)
        if canonical({**asked.said(), **({} if app is None else {"app": str(app)})}) != question:
            return None
    except (KeyError, ValueError, TypeError, AttributeError, InvalidParameter):  # an id that we never gave out
        return None
    ground = await _ground(context, client, app)
    if ground is None:
        return None
    if isinstance(asked, AskedFormula):
        return None if await strange_app(context, client, asked) else formula_metric(at, ground, asked)
    return series_metric(context, ground, asked)


async def _ground(context: Context, client: UUID, app: UUID | None) -> Ground | None:
    record: Any = await (context.client.load(client) if app is None else context.app.load(AppKey(client, app)))
    return None if record is None else Ground(client, app, EVENTS, record.time_zone, context.today(record.time_zone))
