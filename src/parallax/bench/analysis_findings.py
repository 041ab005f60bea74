"""What `bench analyses` found, as ratios beside their goals and as tables. Pure."""

from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from parallax.bench.analysis import AGAIN, BLOCKS, NOTHING, Analysis
from parallax.bench.measured import Figures, Goal, Ratio, paired
from parallax.bench.metric_findings import DUCK_KEPT, GOALS_AT, HOUSE_KEPT

OURS: Final = (AGAIN, BLOCKS, NOTHING)
DUCK, HOUSE = "DuckDB", "ClickHouse"
KEPT: Final = {DUCK: DUCK_KEPT, HOUSE: HOUSE_KEPT}
GROWTH: Final = Goal(1.5, at_most=True)
ON_DISK: Final = Goal(14, at_most=True)
WITHIN: Final = Goal(1, at_most=True)
Times = dict[str, list[float]]


@dataclass(slots=True)
class Found:
    """Milliseconds of CPU by question, way and round. A rival's ways on plain events begin with its name."""

    times: dict[Analysis, Times] = field(default_factory=dict)
    tables: list[Figures] = field(default_factory=list)
    ratios: list[Ratio] = field(default_factory=list)


def best(times: Times, rival: str) -> str:
    """The way in which a rival is fastest on plain events."""
    ways = [way for way in times if way.startswith(rival) and way not in KEPT.values()]
    return min(ways, key=lambda way: median(times[way]))


def ratios(events: int, fewer: Found, more: Found, growth: int) -> list[Ratio]:
    """What is read of plain events grows with them, so that goals against these are of `GOALS_AT` events or more."""
    found = []
    for asked, times in more.times.items():
        for place, rival in enumerate((DUCK, HOUSE)):
            judged = [(ours, goals[place]) for ours, goals in asked.goals.items() if goals[place] is not None]
            for ours, goal in judged or [(BLOCKS, None)]:
                found.append(_ratio(asked, times, best(times, rival), ours, goal if events >= GOALS_AT else None))
            if KEPT[rival] in times:
                found.append(_ratio(asked, times, KEPT[rival], AGAIN, asked.kept))
    for asked, times in more.times.items():
        if asked.is_rolled_up:
            grown = {ours: paired(times[ours], fewer.times[asked][ours]) for ours in OURS}
            note = _told({ours: median(rounds) for ours, rounds in grown.items() if ours != AGAIN})
            found.append(Ratio(f"{asked.name}: ours on {growth}x the events / ours", grown[AGAIN], GROWTH, note))
    return [*found, *more.ratios]


def _ratio(asked: Analysis, times: Times, way: str, ours: str, goal: float | None) -> Ratio:
    beside = {each: median(paired(times[way], times[each])) for each in OURS if each != ours}
    rounds = paired(times[way], times[ours])
    return Ratio(f"{asked.name}: {way} / {ours}", rounds, None if goal is None else Goal(goal), _told(beside))


def _told(values: dict[str, float]) -> str:
    return ", ".join(f"{ours.removeprefix('ours, ')}: {value:.1f}x" for ours, value in values.items())


def on_disk(events: int, sizes: Figures) -> Ratio:
    """Of `bulk.sizes`: what is derived, all together. Of fewer events more are their client's first of the day."""
    derived = sum(each for what, _, each in sizes.rows if what.startswith("derived: "))
    return Ratio("derived layers, bytes an event", (derived,), ON_DISK if events >= GOALS_AT else None)


def within_memory(memory: Figures) -> Ratio:
    """Of `memory.memory`: what is kept, of what may be."""
    *_, (_, held), (_, most) = memory.rows
    return Ratio("blocks kept / PARALLAX_BLOCK_CACHE", (held / most,), WITHIN)


def figures(events: int, fewer: Found, more: Found, growth: int) -> list[Figures]:
    rows: list[tuple[Any, ...]] = []
    ways: list[tuple[Any, ...]] = []
    for asked, times in more.times.items():
        peers = best(times, DUCK), best(times, HOUSE), *KEPT.values()
        tenth = fewer.times.get(asked, {})
        rows.append((asked.name, *(_ms(times.get(way)) for way in (*OURS, *peers)), *(_ms(tenth.get(o)) for o in OURS)))
        ways += [(asked.name, way, _ms(times[way])) for way in times if way not in OURS]
    columns = ("question", *OURS, DUCK, HOUSE, *KEPT.values(), *(f"{ours}, a {growth}th" for ours in OURS))
    title = f"About {events:,} events: milliseconds of CPU, medians; of a rival the faster of its ways"
    return [
        Figures(title, columns, rows),
        Figures("The rivals, each way: milliseconds of CPU, medians", ("question", "way", "ms"), ways),
        *more.tables,
    ]


def _ms(rounds: list[float] | None) -> Any:
    return "" if rounds is None else round(median(rounds), 3)
