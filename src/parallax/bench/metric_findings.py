"""What `bench metrics` found, as ratios beside their goals and as tables. Pure."""

from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from parallax.bench.measured import Figures, Goal, Ratio, paired
from parallax.bench.metric_questions import Asked

TAIL: Final = 10_000
"""Events that wait to be folded where some do."""
GOALS_AT: Final = 20_000_000
OURS, FIRST, TAILED = "ours", "ours, nothing kept", f"ours, {TAIL:,} waiting"
UNSORTED, SORTED, HOUSE, SQL = "DuckDB", "DuckDB, sorted", "ClickHouse", "plain SQL"
DUCK_KEPT, HOUSE_KEPT = "DuckDB, roll-ups", "ClickHouse, roll-ups"
COLUMNS: Final = (OURS, FIRST, TAILED, UNSORTED, SORTED, HOUSE, SQL, DUCK_KEPT, HOUSE_KEPT)


@dataclass(slots=True)
class Found:
    """Milliseconds of CPU by question, way and round; and what was found beside them."""

    times: dict[Asked, dict[str, list[float]]] = field(default_factory=dict)
    ratios: list[Ratio] = field(default_factory=list)
    tables: list[Figures] = field(default_factory=list)


def ratios(events: int, fewer: Found, more: Found, growth: int) -> list[Ratio]:
    """Warm figures decide; those of a process that keeps nothing yet stand beside them.

    What is read of plain events grows with them, so that its goals are of `GOALS_AT` events or more.
    """
    found = []
    for asked, times in more.times.items():
        raw = asked.raw if events >= GOALS_AT else None
        duck = min((UNSORTED, SORTED), key=lambda way: median(times[way]))
        for way, goal in ((duck, raw), (HOUSE, raw), (SQL, None), (DUCK_KEPT, 5), (HOUSE_KEPT, 5)):
            if way in times:
                found.append(
                    Ratio(
                        f"{asked.name}: {way} / ours",
                        paired(times[way], times[OURS]),
                        None if goal is None else Goal(goal),
                        f"nothing kept: {median(paired(times[way], times[FIRST])):.1f}x",
                    )
                )
    for asked, times in more.times.items():
        grown = paired(times[OURS], fewer.times[asked][OURS])
        first = median(paired(times[FIRST], fewer.times[asked][FIRST]))
        note = f"nothing kept: {first:.1f}x"
        found.append(Ratio(f"{asked.name}: ours on {growth}x the events / ours", grown, Goal(1.5, at_most=True), note))
    for asked, times in more.times.items():
        waiting = paired(times[TAILED], times[OURS])
        found.append(Ratio(f"{asked.name}: {TAIL:,} waiting / none", waiting, Goal(3, at_most=True)))
    return [*found, *more.ratios]


def figures(events: int, fewer: Found, more: Found, growth: int) -> list[Figures]:
    rows: list[tuple[Any, ...]] = [
        (asked.name, *(_ms(times.get(way)) for way in COLUMNS), _ms(fewer.times[asked][OURS]))
        for asked, times in more.times.items()
    ]
    title = f"About {events:,} events: milliseconds of CPU, medians"
    return [Figures(title, ("question", *COLUMNS, f"ours, a {growth}th"), rows), *more.tables]


def _ms(rounds: list[float] | None) -> Any:
    return "" if rounds is None else round(median(rounds), 3)
