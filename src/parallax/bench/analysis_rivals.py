"""The ways in which DuckDB and ClickHouse are asked the questions of `bench analyses`."""

from collections.abc import Callable
from typing import Final

from parallax.bench import analysis_sql, funnel_sql
from parallax.bench.analysis import Analysis
from parallax.bench.funnel_questions import FUNNELS
from parallax.bench.funnel_sql import Steps
from parallax.bench.metric_findings import DUCK_KEPT, HOUSE, HOUSE_KEPT, SORTED, UNSORTED
from parallax.bench.metric_questions import Answer, Asking
from parallax.bench.metric_rivals import Duck, House
from parallax.bench.timed import agreed

COUNTS_ALONE: Final = f"{HOUSE}, windowFunnel"
PLACES: Final = {UNSORTED: "events", SORTED: "sorted", HOUSE: "bench.events"}
FORMS: Final[tuple[tuple[str, str, Callable[[Steps, str], str]], ...]] = (
    (f"{UNSORTED}, ASOF", UNSORTED, funnel_sql.duck_asof),
    (f"{SORTED}, ASOF", SORTED, funnel_sql.duck_asof),
    (f"{UNSORTED}, windows", UNSORTED, funnel_sql.duck_windows),
    (f"{SORTED}, windows", SORTED, funnel_sql.duck_windows),
    (COUNTS_ALONE, HOUSE, funnel_sql.house_funnel),
    (f"{HOUSE}, ASOF", HOUSE, funnel_sql.house_asof),
)


def ways(asked: Analysis, duck: Duck, house: House) -> dict[str, Asking]:
    steps = FUNNELS.get(asked)
    if steps is not None:
        return {
            way: _asking(asked, house if place == HOUSE else duck, form(steps, PLACES[place]))
            for way, place, form in FORMS
        }
    found = {
        way: _asking(asked, duck, analysis_sql.on_events("duck", PLACES[way])[asked]) for way in (UNSORTED, SORTED)
    }
    found[HOUSE] = _asking(asked, house, analysis_sql.on_events("ch", PLACES[HOUSE])[asked])
    if asked in analysis_sql.duck_rollups():
        found[DUCK_KEPT] = _asking(asked, duck, analysis_sql.duck_rollups()[asked])
        found[HOUSE_KEPT] = _asking(asked, house, analysis_sql.house_rollups()[asked])
    return found


def plainly(asked: Analysis, duck: Duck) -> dict[str, Asking]:
    """DuckDB alone, unsorted."""
    return {UNSORTED: _asking(asked, duck, analysis_sql.on_events("duck", PLACES[UNSORTED])[asked])}


def compared(asked: Analysis, right: Answer, way: str, answer: Answer) -> None:
    """Raises Differs."""
    agreed(asked.name, right[::2] if way == COUNTS_ALONE else right, {way: answer})


def _asking(asked: Analysis, rival: Duck | House, text: str) -> Asking:
    async def ask() -> Answer:
        return asked.laid(rival.rows(text))

    return ask
