"""Kaon's series: engagements, devices and hits by week."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from parallax.errors import InvalidParameter
from parallax.metrics.catalog import Unit, UserBasis
from parallax.metrics.graph import Metric, PeriodInput
from parallax.metrics.series import Value
from parallax.vendor_data.kaon.weeks import Hosted, Weeks, today_of, whole_weeks
from parallax.vendor_data.reading import At, account_of, read
from parallax.vendor_data.series import Measured, Part, source_info, sum_of, vendor_metric
from parallax.vendors.gathering import Gathered
from parallax.vendors.kaon import SYSTEM, Read, devices_in, language_tag, week_of

FAMILY: Final = "kaon"
LABEL: Final = "Kaon Insights"
MOST_DEVICE_WEEKS: Final = 106
"""Devices are counted by name: those of all weeks are held at once."""
LONGEST_PATH: Final = 2000
FIRST_WEEK: Final = 0
ENGAGEMENTS: Final = Measured(
    "ENGAGEMENTS",
    "Engagements",
    Unit.COUNT,
    "Spells of use in the week, idle time left out: visits with less than 30 minutes between them are one.",
    True,
)
DEVICES: Final = Measured(
    "DEVICES",
    "Devices",
    Unit.COUNT,
    "Distinct devices in the week. A browser tends to be a new device every week.",
    False,
    UserBasis.DEVICE,
)
HITS: Final = Measured("HITS", "Hits", Unit.COUNT, "Hits of one item of the app in the week.", True)


class KaonDimension(Enum):
    COUNTRY = "country"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Asked:
    """`measure` is engagements, devices or hits; `path` belongs to hits; `period` None: 30d, of hits all time."""

    measure: str
    period: PeriodInput | None
    breakdown: KaonDimension | None = None
    path: str | None = None

    def said(self, hosted: Hosted) -> dict[str, Any]:
        return {
            "vendor": FAMILY,
            **hosted.named(),
            "measure": self.measure,
            "granularity": "WEEK",
            **({"period": self.period.as_asked()} if self.period else {}),
            **({"breakdown": self.breakdown.name} if self.breakdown else {}),
            **({"path": self.path} if self.path is not None else {}),
        }

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "Asked":
        return cls(
            said["measure"],
            PeriodInput.read(said["period"]) if "period" in said else None,
            KaonDimension[said["breakdown"]] if "breakdown" in said else None,
            said.get("path"),
        )


async def kaon_metric(at: At, hosted: Hosted, asked: Asked) -> Metric | None:
    """None where little is left of the quota and the caller wants nothing then. KeyError for a measure that is none."""
    return await _MEASURES[asked.measure](at, hosted, asked)


# ---------------------------------------------------------------- engagements
async def _engagements(at: At, hosted: Hosted, asked: Asked) -> Metric | None:
    weeks, known = whole_weeks(asked.period, today_of(at.context)), hosted.reads(at.context)
    found, split = await asyncio.gather(
        _by_week(at, hosted, weeks, known.engagement), _split(at, hosted, weeks, asked.breakdown)
    )
    if found is None:
        return None
    counts = {week: sum(count for _, count in part) for week, part in found.parts.items()}
    weeks.note(at)
    parts = None
    if split is not None and asked.breakdown is not None:
        name = language_tag if asked.breakdown is KaonDimension.LANGUAGE else str.upper
        parts = _parts(weeks, split.parts, name)
    return _shown(hosted, asked, ENGAGEMENTS, weeks, counts, found.gathered, known.engagement.path, parts)


@dataclass(frozen=True, slots=True)
class ByWeek:
    parts: Mapping[int, Any]
    gathered: Gathered


async def _split(at: At, hosted: Hosted, weeks: Weeks, by: KaonDimension | None) -> ByWeek | None:
    if by is None:
        return None
    known = hosted.reads(at.context)
    return await _by_week(at, hosted, weeks, known.country if by is KaonDimension.COUNTRY else known.language)


async def _by_week(at: At, hosted: Hosted, weeks: Weeks, of: Read) -> ByWeek | None:
    """A call for each week that is not kept."""
    pieces = weeks.pieces(of, hosted.key)
    found = await read(at, await account_of(at, hosted.client, SYSTEM, hosted.link), of, list(pieces.values()))
    if found is None:
        return None
    return ByWeek({week: found.kept[piece].part for week, piece in pieces.items() if piece in found.kept}, found)


# ---------------------------------------------------------------- devices
@dataclass(frozen=True, slots=True)
class Seen:
    """Devices by week, of those weeks that the source told."""

    weeks: Weeks
    by_week: Mapping[int, frozenset[str]]
    gathered: Gathered

    def together(self) -> set[str]:
        return set().union(*self.by_week.values())


async def devices_seen(at: At, hosted: Hosted, weeks: Weeks) -> Seen | None:
    found = await _by_week(at, hosted, weeks, hosted.reads(at.context).uid)
    if found is None:
        return None
    weeks.note(at)
    return Seen(weeks, {week: frozenset(devices_in(uids)) for week, uids in found.parts.items()}, found.gathered)


async def _device_count(at: At, hosted: Hosted, asked: Asked) -> Metric | None:
    """Its total is the union over the weeks: unknown where one of them is."""
    weeks = whole_weeks(asked.period, today_of(at.context), most=MOST_DEVICE_WEEKS)
    seen = await devices_seen(at, hosted, weeks)
    if seen is None:
        return None
    counts = {week: len(devices) for week, devices in seen.by_week.items()}
    total = len(seen.together()) if len(counts) == len(weeks.told) else None
    path = hosted.reads(at.context).uid.path
    return _shown(hosted, asked, DEVICES, weeks, counts, seen.gathered, path, None, total)


# ---------------------------------------------------------------- hits
async def _item_hits(at: At, hosted: Hosted, asked: Asked) -> Metric | None:
    """One call: of the week, or of all time where it is several. Weeks without a record had no hits."""
    path, today, of = checked_path(asked.path), today_of(at.context), hosted.reads(at.context).hits
    if asked.breakdown is KaonDimension.LANGUAGE:
        raise InvalidParameter("breakdown", asked.breakdown.name, "the source has hits by country alone", ["COUNTRY"])
    weeks = None if asked.period is None else whole_weeks(asked.period, today, FIRST_WEEK)
    more = {"path": path} | ({} if asked.breakdown is None else {"detail": "country"})
    piece = of.piece(hosted.key, weeks.told[0] if weeks is not None and len(weeks.told) == 1 else None, more)
    found = await read(at, await account_of(at, hosted.client, SYSTEM, hosted.link), of, [piece])
    if found is None:
        return None
    records = found.kept[piece].part
    if weeks is None:
        running = week_of(today)
        weeks = Weeks(min([running, *(week for _, week, _, _ in records)]), running, today, FIRST_WEEK)
    weeks.note(at)
    counts = dict.fromkeys(weeks.told, 0.0)
    countries: dict[int, dict[str, float]] = {week: {} for week in weeks.told}
    for _, week, count, by_country in records:
        if week in counts:
            counts[week] += count
            for code, part in by_country.items():
                countries[week][code] = countries[week].get(code, 0.0) + part
    parts = None if asked.breakdown is None else _parts(weeks, countries, str.upper)
    return _shown(hosted, asked, HITS, weeks, counts, found, of.path, parts)


def checked_path(path: str | None) -> str:
    if not path or len(path) > LONGEST_PATH or not path.isprintable():
        raise InvalidParameter(
            "path",
            path and path[:100],
            "must be an item's path as `items` writes it",
            [f"1 to {LONGEST_PATH} characters"],
        )
    return path


# ---------------------------------------------------------------- as a Metric
def _parts(weeks: Weeks, counts: Mapping[int, Mapping[str, float]], name: Callable[[str], str]) -> list[Part]:
    """By code, in which a week that has others has 0 of it."""
    named = {week: _renamed(codes, name) for week, codes in counts.items()}
    parts = []
    for code in sorted(set().union(*named.values())):
        values = weeks.values(lambda week, code=code: named[week].get(code, 0.0) if week in named else None)  # type: ignore[misc]
        parts.append(Part(code, values, _total(weeks, named, values)))
    return parts


def _renamed(codes: Mapping[str, float], name: Callable[[str], str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for code, count in codes.items():
        found[name(code)] = found.get(name(code), 0.0) + count
    return found


def _total(weeks: Weeks, told: Iterable[int], values: Iterable[Value]) -> Value:
    """Unknown where a week is that the source could have told."""
    return sum_of(list(values)) if set(weeks.told) <= set(told) else None


def _shown(
    hosted: Hosted,
    asked: Asked,
    measured: Measured,
    weeks: Weeks,
    counts: Mapping[int, float],
    found: Gathered,
    reference: str,
    parts: list[Part] | None,
    total: Value = None,
) -> Metric:
    values = weeks.values(lambda week: None if week not in counts else float(counts[week]))
    return vendor_metric(
        hosted.client,
        asked.said(hosted),
        measured,
        weeks.axis,
        values,
        _total(weeks, counts, values) if measured.is_additive else total,
        source_info(SYSTEM, LABEL, measured, reference, found, is_estimate=False, settled_until=weeks.settled_until),
        {} if asked.path is None else {"path": asked.path},
        parts,
    )


_MEASURES: Final[Mapping[str, Callable[[At, Hosted, Asked], Awaitable[Metric | None]]]] = {
    "engagements": _engagements,
    "devices": _device_count,
    "hits": _item_hits,
}
