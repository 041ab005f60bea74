"""What a vendor's bad day costs: its own fields, and few calls (docs/promises.md, R5 and R6); and what is left of its quota."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from parallax.access.viewer import Role, WhenLow
from parallax.clients.tokens import create_token
from parallax.db import Database
from parallax.sandbox.faults import Fault, Kind
from parallax.sandbox.products import PRODUCTS
from parallax.sandbox.server import Sandbox
from parallax.settings import Settings
from parallax.vendors.breaker import FAILURES as OPENS_AFTER
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.gateways import Answer, Gateway, running
from tests.seeds import EDITOR, NORDLYS
from tests.vendors.asking import connected, linked, missing, of_app
from tests.vendors.conftest import TODAY
from tests.vendors.contract import FAILURES, NOBODY

ACME = PRODUCTS[0]
DOWN = Fault(Kind.STATUS, status=500)
WEEK = 'period: {start: "2026-02-02", end: "2026-02-08"}'


@dataclass(frozen=True)
class Asked:
    """A field of a vendor: `of(day)` is one call, and another one for each day."""

    fake: str
    address: str
    to: dict[str, Any]
    root: str
    field: str

    def of(self, day: date) -> str:
        return f"{self.root} {{ {self.field.replace('DAY', str(day))} }}"


TOWER = Asked(
    "sensor_tower", "sensor_tower_url", {"sensorTower": {"unified": ACME.unified}}, "sensorTower",
    'estimate(name: DOWNLOADS, period: {start: "DAY", end: "DAY"}) { values total source { isStale } }',
)  # fmt: skip
KORE = Asked(
    "kore_ai", "kore_ai_host", {"koreAi": {"streamId": ACME.stream}}, "koreAi",
    'engagement(period: {start: "DAY", end: "DAY"}) { dayCount uniqueUsers { values } }',
)  # fmt: skip
KAON = Asked(
    "kaon", "kaon_url", {"kaon": {"clientKey": ACME.kaon}}, "kaon", 'durations(week: "DAY") { count }',
)  # fmt: skip
VENDORS = (TOWER, KORE, KAON)
FIRST_DAY = date(2024, 3, 6)
OWN = f"name activity(metric: USER_COUNT, {WEEK.replace('2026-02', '2026-03')}) {{ values total }}"


@asynccontextmanager
async def gateway_of(
    cluster: Cluster, settings: Settings, template: str, vendors: Sandbox, **more: Any
) -> AsyncIterator[Gateway]:
    vendors.clock.set(TODAY)
    given = connected(settings, vendors, **{"vendor_allow_hosts": f"{vendors.hosts},{NOBODY[7:]}", **more})
    async with cloned(cluster, settings, template) as urls, running(given, urls) as gateway:
        for asked in VENDORS:
            await linked(gateway, asked.to)
        yield gateway


def calls(vendors: Sandbox, of: Asked) -> int:
    return len(getattr(vendors, of.fake).calls)


def code(answer: Answer) -> str | None:
    return answer.error["extensions"]["code"] if answer.errors else None


# ---------------------------------------------------------------- R5
EVERYTHING = f"{OWN} " + " ".join(each.of(FIRST_DAY) for each in VENDORS)


@pytest.mark.slow
@pytest.mark.parametrize("failing", VENDORS, ids=lambda asked: asked.fake)
async def test_whatever_a_vendor_does_all_other_fields_are_those_of_peace(
    cluster: Cluster, settings: Settings, template: str, vendors: Sandbox, failing: Asked
) -> None:
    """R5, for each fault at each vendor, in one and the same question."""
    async with gateway_of(cluster, settings, template, vendors) as gateway:
        peace = (await gateway.ask(of_app(EVERYTHING), token=EDITOR)).data["client"]["app"]
    for name, failure in FAILURES.items():
        vendors.reset()
        more = {"vendor_deadline_seconds": 3.0} | ({failing.address: NOBODY} if failure.is_down else {})
        async with gateway_of(cluster, settings, template, vendors, **more) as gateway:
            if failure.fault is not None:
                getattr(vendors, failing.fake).faults(failure.fault)
            answer = await gateway.ask(of_app(EVERYTHING), token=EDITOR)
        told = answer.body["data"]["client"]["app"]
        [field] = told.pop(failing.root).items()
        assert field[1] is None, name
        assert told == {name: value for name, value in peace.items() if name != failing.root}, name
        assert answer.error["path"] == ["client", "app", failing.root, field[0]], name
        assert code(answer) in failure.codes, name


# ---------------------------------------------------------------- R6
@pytest.mark.parametrize("failing", VENDORS, ids=lambda asked: asked.fake)
async def test_a_hundred_questions_to_a_dead_vendor_are_few_calls(
    cluster: Cluster, settings: Settings, template: str, vendors: Sandbox, failing: Asked
) -> None:
    """R6: at most 1.1 for each that is asked; each of another day, so that none is answered by what is kept."""
    async with gateway_of(cluster, settings, template, vendors, vendor_breaker_seconds=0.5) as gateway:
        getattr(vendors, failing.fake).faults(Fault(Kind.STATUS, status=503))
        for number in range(100):
            day = FIRST_DAY + timedelta(weeks=number)
            answer = await gateway.ask(of_app(f"name {failing.of(day)}"), token=EDITOR)
            assert answer.body["data"]["client"]["app"]["name"] == "Notes"
            assert code(answer) == "SOURCE_UNAVAILABLE"
    assert OPENS_AFTER <= calls(vendors, failing) <= 110


async def test_an_open_breaker_is_tried_once_in_its_time_and_closes_by_itself(
    cluster: Cluster, settings: Settings, template: str, vendors: Sandbox
) -> None:
    """R6."""
    open_s = 0.5
    question = of_app(KAON.of(FIRST_DAY))
    async with gateway_of(cluster, settings, template, vendors, vendor_breaker_seconds=open_s) as gateway:
        vendors.kaon.faults(DOWN)
        while calls(vendors, KAON) < OPENS_AFTER:
            assert code(await gateway.ask(question, token=EDITOR)) == "SOURCE_UNAVAILABLE"
        opened = time.monotonic()
        while calls(vendors, KAON) < OPENS_AFTER + 3:
            answer = await gateway.ask(question, token=EDITOR)
            assert code(answer) == "SOURCE_UNAVAILABLE"
            assert calls(vendors, KAON) - OPENS_AFTER <= (time.monotonic() - opened) / open_s
        vendors.kaon.clear_faults()
        while code(answer) is not None:
            assert answer.error["extensions"]["retryAfterSeconds"] <= 5
            answer = await gateway.ask(question, token=EDITOR)
        assert calls(vendors, KAON) == OPENS_AFTER + 4
        assert code(await gateway.ask(of_app(KAON.of(FIRST_DAY + timedelta(weeks=1))), token=EDITOR)) is None


@pytest.mark.parametrize("limiting", VENDORS, ids=lambda asked: asked.fake)
async def test_when_a_vendor_says_to_come_back_it_is_asked_once_before_and_once_after(
    cluster: Cluster, settings: Settings, template: str, vendors: Sandbox, limiting: Asked
) -> None:
    """R6: Retry-After is obeyed exactly."""
    after_s, question = 2.0, of_app(limiting.of(FIRST_DAY))
    async with gateway_of(cluster, settings, template, vendors, vendor_deadline_seconds=0.5) as gateway:
        getattr(vendors, limiting.fake).faults(Fault(Kind.STATUS, status=429, retry_after=after_s, next_calls=1))
        asked_at = time.monotonic()
        answer = await gateway.ask(question, token=EDITOR)
        assert answer.error["extensions"]["retryAfterSeconds"] <= after_s
        while code(answer) is not None:
            assert calls(vendors, limiting) <= 1 or time.monotonic() - asked_at >= after_s
            answer = await gateway.ask(question, token=EDITOR)
        assert time.monotonic() - asked_at >= after_s
    assert calls(vendors, limiting) == 2


# ---------------------------------------------------------------- quota
async def test_a_month_that_is_used_up_is_told_before_the_vendor_is_asked(
    cluster: Cluster, settings: Settings, template: str, vendors: Sandbox
) -> None:
    vendors.sensor_tower.switches = replace(vendors.sensor_tower.switches, monthly_limit=2)
    async with gateway_of(cluster, settings, template, vendors) as gateway:
        for week in range(2):
            day = FIRST_DAY + timedelta(weeks=week)
            assert code(await gateway.ask(of_app(TOWER.of(day)), token=EDITOR)) is None
        answer = await gateway.ask(of_app(f"name {TOWER.of(date(2025, 1, 1))}"), token=EDITOR)
    told = answer.error["extensions"]
    assert (told["code"], told["source"]) == ("SOURCE_QUOTA", "SENSOR_TOWER")
    assert answer.error["message"] == "Sensor Tower allows 2 calls a month, and 2 are used."
    assert 0 < told["retryAfterSeconds"] <= 31 * 86_400
    assert answer.body["data"]["client"]["app"]["name"] == "Notes"
    assert calls(vendors, TOWER) == 2


async def test_while_little_is_left_a_token_gets_what_it_wished_for(
    cluster: Cluster, settings: Settings, template: str, vendors: Sandbox
) -> None:
    """STALE: an older answer, and a call where there is none; NULL: nothing; REFUSE: an error. Neither of these calls."""
    sparing = {"vendor_reserve": 1.0, "vendor_cache_seconds": 0}
    async with gateway_of(cluster, settings, template, vendors, **sparing) as gateway:
        async with Database(gateway.settings, gateway.urls.reading, gateway.urls.writing) as db:
            stale, null, refuse = [
                (
                    await create_token(
                        db,
                        {NORDLYS: Role.EDITOR},
                        wish.name,
                        datetime.now(UTC),
                        None,
                        when_low={"SENSOR_TOWER": wish},
                    )
                ).secret
                for wish in (WhenLow.STALE, WhenLow.NULL, WhenLow.REFUSE)
            ]
        known, other = of_app(TOWER.of(FIRST_DAY)), of_app(TOWER.of(FIRST_DAY + timedelta(weeks=1)))
        first = (await gateway.ask(known, token=EDITOR)).data["client"]["app"]["sensorTower"]["estimate"]
        assert calls(vendors, TOWER) == 1

        again = await gateway.ask(known, token=stale)
        assert again.data["client"]["app"]["sensorTower"]["estimate"] == first | {"source": {"isStale": True}}
        assert missing(again.body)

        spared = await gateway.ask(other, token=null)
        assert spared.data["client"]["app"]["sensorTower"]["estimate"] is None
        assert [source for source, _, _ in missing(spared.body)] == ["SENSOR_TOWER"]

        refused = await gateway.ask(other, token=refuse)
        assert code(refused) == "SOURCE_QUOTA"
        assert calls(vendors, TOWER) == 1

        assert (await gateway.ask(other, token=stale)).data["client"]["app"]["sensorTower"]["estimate"]
        assert calls(vendors, TOWER) == 2
