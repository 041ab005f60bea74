"""Kore.ai, held against what every vendor has to pass."""

import re
from dataclasses import replace
from typing import Any

from pydantic import SecretStr

from parallax.metrics.catalog import SourceSystem
from parallax.sandbox.accounts import KORE_AI
from parallax.sandbox.server import Sandbox
from tests.vendors.contract import FaultMatrix, Partial, Read, Subject, VendorContract
from tests.vendors.kore_ai.test_engagement import BOT, days, expected, hours


def _settings(account: int, url: str) -> dict[str, Any]:
    of = KORE_AI[account]
    return {
        "kore_ai_host": url,
        "kore_ai_client_id": of.client_id,
        "kore_ai_client_secret": SecretStr(of.client_secret),
    }


def _credentials(account: int, url: str) -> dict[str, Any]:
    of = KORE_AI[account]
    return {"koreAi": {"host": url, "clientId": of.client_id, "clientSecret": of.client_secret}}


def _sends(first: str, last: str, aggregation: str = "daily") -> dict[str, str]:
    return {
        "aggregation_type": aggregation,
        "start_date": first,
        "end_date": last,
        "conversationType": "All",
        "conversationStatus": "All",
        "timeZoneOffset": "Europe/Berlin",
    }


def _dropped(sandbox: Sandbox) -> None:
    sandbox.kore_ai.switches = replace(sandbox.kore_ai.switches, drop_zero_dates=True)


AT = ("koreAi", "engagement")
WEEK = 'engagement(period: {start: "2026-03-02", end: "2026-03-08"})'
HOURS = 'engagement(period: {start: "2026-01-01", end: "2026-02-03"}, granularity: HOUR)'
JANUARY, FEBRUARY = ("2026-01-01", "2026-01-31"), ("2026-02-01", "2026-02-03")
SUBJECT = Subject(
    system=SourceSystem.KORE_AI,
    to={"koreAi": {"streamId": BOT.stream}},
    fake=lambda sandbox: sandbox.kore_ai,
    settings=_settings,
    credentials=_credentials,
    secrets=lambda account: (KORE_AI[account].client_secret,),
    looks=re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"),
    simple=Read(
        f"koreAi {{ {WEEK} {{ uniqueUsers {{ values }} }} }}",
        AT,
        (_sends("2026-03-02", "2026-03-08"),),
        lambda: {"uniqueUsers": {"values": days(expected("2026-03-02", "2026-03-08"))}},
    ),
    chunked=Read(
        f"koreAi {{ {HOURS} {{ uniqueUsers {{ values total }} }} }}",
        AT,
        (_sends(*JANUARY, "hourly"), _sends(*FEBRUARY, "hourly")),
        lambda: {
            "uniqueUsers": {
                "values": [n for span in (JANUARY, FEBRUARY) for n in hours(expected(*span, aggregation="hourly"))],
                "total": None,
            }
        },
    ),
    partial=Partial(
        Read(f"koreAi {{ {HOURS} {{ uniqueUsers {{ values }} }} }}", AT),
        "start_date=2026-02-01",
        lambda: {"uniqueUsers": {"values": hours(expected(*JANUARY, aggregation="hourly")) + [None] * 72}},
    ),
    gaps=Read(
        'koreAi { engagement(period: {start: "2026-03-02", end: "2026-03-13"}, status: ACTIVE) { newUsers { values } } }',
        AT,
        gives=lambda: {
            "newUsers": {"values": [*days(expected("2026-03-02", "2026-03-11", status="active"), "new"), None, None]}
        },
        prepare=_dropped,
    ),
    series=Read(f"koreAi {{ {WEEK} {{ uniqueUsers {{ source {{ isStale }} }} }} }}", (*AT, "uniqueUsers", "source")),
    other=lambda number: (
        f'koreAi {{ engagement(period: {{start: "2026-01-{number % 28 + 1:02}", end: "2026-02-{number // 28 + 1:02}"}}) '
        "{ dayCount } }"
    ),
    every=(
        Read("koreAi { engagement { dayCount } }", AT),
        Read("koreAi { engagement(granularity: HOUR) { dayCount } }", AT),
    ),
)


class TestContract(VendorContract):
    subject = SUBJECT


class TestFaults(FaultMatrix):
    subject = SUBJECT
