"""Kaon's devices: who they are, and in how many weeks they came."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import strawberry

from parallax import costs
from parallax.connections import Connection, Node, connection
from parallax.context import Info
from parallax.ids import GlobalId, canonical, encode
from parallax.metrics.graph import PeriodInput
from parallax.pages import checked_first
from parallax.scalars import DayText
from parallax.vendor_data.kaon.series import MOST_DEVICE_WEEKS, Seen, devices_seen
from parallax.vendor_data.kaon.weeks import Hosted, Weeks, day_text, today_of, whole_weeks
from parallax.vendor_data.reading import At
from parallax.vendors.kaon import sunday_of


@strawberry.type(description="How many devices came in so many of the weeks.")
class FrequencyBar:
    weeks: int = strawberry.field(description="In how many of the weeks.")
    devices: int = strawberry.field(description="Distinct devices that came in exactly so many.")


@strawberry.type(
    description="A device that used the app, as seen over some weeks: the same device over other weeks has another id, and "
    "the same `uid`. Browsers tend to lose theirs, and are new devices then."
)
class KaonDevice(Node):
    uid: str = strawberry.field(description="What it calls itself since its first use: 0x and 16 hexadecimal digits.")
    weeks: list[DayText] = strawberry.field(
        description="Sundays on which the weeks begin in which it came, in order, of those that were asked for. At most 106.",
        metadata=costs.listed(MOST_DEVICE_WEEKS),
    )

    @classmethod
    def of(cls, hosted: Hosted, uid: str, seen: Seen) -> "KaonDevice":
        key = canonical({**hosted.named(), "uid": uid, "first": seen.weeks.first, "last": seen.weeks.last})
        return cls(
            id=strawberry.ID(encode(GlobalId("KaonDevice", hosted.client, (key,)))),
            uid=uid,
            weeks=[day_text(sunday_of(week)) for week, devices in sorted(seen.by_week.items()) if uid in devices],
        )


async def device_frequency(info: Info, hosted: Hosted, period: PeriodInput | None) -> list[FrequencyBar] | None:
    weeks = whole_weeks(period, today_of(info.context), most=MOST_DEVICE_WEEKS)
    seen = await devices_seen(At.of(info), hosted, weeks)
    if seen is None:
        return None
    often: Counter[str] = Counter()
    for devices in seen.by_week.values():
        often.update(devices)
    bars = Counter(often.values())
    return [FrequencyBar(weeks=times, devices=bars[times]) for times in range(1, len(seen.by_week) + 1)]


async def devices(
    info: Info, hosted: Hosted, period: PeriodInput | None, first: int, after: str | None
) -> Connection[KaonDevice] | None:
    size, weeks = checked_first(first), whole_weeks(period, today_of(info.context), most=MOST_DEVICE_WEEKS)
    cursors = info.context.cursors
    of_list = f"kaonDevices|{hosted.client}|{canonical(hosted.named())}|{weeks.first}|{weeks.last}"
    place = cursors.read(of_list, after)
    seen = await devices_seen(At.of(info), hosted, weeks)
    if seen is None:
        return None
    everyone = seen.together()
    rows = sorted(uid for uid in everyone if place is None or uid > place[0])[: size + 1]
    page = cursors.page(of_list, rows, size, lambda uid: (uid,), continued=place is not None)

    async def counted() -> float:
        return float(len(everyone))

    return connection(page, lambda uid: KaonDevice.of(hosted, uid, seen), counted)


async def device_again(at: At, hosted: Hosted, told: Mapping[str, Any]) -> KaonDevice | None:
    """None for one that did not come in the weeks that its id names, and for weeks that no id of ours names."""
    first, last, uid = int(told["first"]), int(told["last"]), str(told["uid"])
    weeks = Weeks(first, last, today_of(at.context))
    if not weeks.told or last - first >= MOST_DEVICE_WEEKS:
        return None
    seen = await devices_seen(at, hosted, weeks)
    return KaonDevice.of(hosted, uid, seen) if seen is not None and uid in seen.together() else None
