"""Measures of the vendors: which of their own series answers one, and how they cut it."""

from parallax.analyses.alignment import Native
from parallax.links.loaders import LinkRecord
from parallax.metrics.graph import Metric
from parallax.metrics.shapes import PeriodInput
from parallax.periods import Granularity, Period
from parallax.vendor_data.kore_ai.trend import Asked as KoreAiAsked
from parallax.vendor_data.kore_ai.trend import ConversationStatus, ConversationType, engagement
from parallax.vendor_data.laid import VendorWay, Whose


def _as_asked(period: Period) -> PeriodInput:
    return PeriodInput(start=period.start, end=period.end)


# ---------------------------------------------------------------- Kore.ai
def conversations(measure: str, is_additive: bool) -> VendorWay:
    """Users of all conversations by day, in the client's zone. Who is new is so on one day, and may be added up."""

    async def metric(whose: Whose, link: LinkRecord, period: Period, granularity: Granularity) -> Metric | None:
        kind, status = ConversationType.ALL, ConversationStatus.ALL
        asked = KoreAiAsked(whose.app, link.to.key, _as_asked(period), granularity, kind, status, (), None)
        found = await engagement(whose.at, asked, whose.zone)
        return None if found is None else found.metric(measure)

    return VendorWay(lambda _, zone: Native(Granularity.DAY, zone, is_additive), metric)
