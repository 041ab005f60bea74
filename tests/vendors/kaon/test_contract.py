"""Kaon Insights, held against what every vendor has to pass."""

from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from parallax.metrics.catalog import SourceSystem
from parallax.sandbox.accounts import KAON
from parallax.vendors.kaon import sunday_of
from tests.vendors.contract import FaultMatrix, Partial, Read, Subject, VendorContract
from tests.vendors.kaon.conftest import APP
from tests.vendors.kaon.test_series import RUNNING, THREE, WEEKS, engagements


def _settings(account: int, url: str) -> dict[str, Any]:
    return {"kaon_url": url, "kaon_api_key": SecretStr(KAON[account].api_key)}


def _sends(*weeks: int) -> tuple[dict[str, str], ...]:
    return tuple({"client": APP.kaon, "week": str(week)} for week in weeks)


def _other(number: int) -> str:
    return f'kaon {{ durations(week: "{sunday_of(RUNNING - number) + timedelta(days=2)}") {{ count }} }}'


ONE = 'engagements(period: {start: "2026-03-02", end: "2026-03-02"})'
SUBJECT = Subject(
    system=SourceSystem.KAON,
    to={"kaon": {"clientKey": APP.kaon}},
    fake=lambda sandbox: sandbox.kaon,
    settings=_settings,
    credentials=lambda account, _: {"kaon": {"apiKey": KAON[account].api_key}},
    secrets=lambda account: (KAON[account].api_key,),
    simple=Read(
        f"kaon {{ {ONE} {{ values }} }}",
        ("kaon", "engagements"),
        _sends(RUNNING - 1),
        lambda: {"values": [engagements(RUNNING - 1)]},
    ),
    chunked=Read(
        f"kaon {{ engagements({THREE}) {{ values total }} }}",
        ("kaon", "engagements"),
        _sends(*WEEKS),
        lambda: {"values": [engagements(week) for week in WEEKS], "total": sum(map(engagements, WEEKS))},
    ),
    partial=Partial(
        Read(f"kaon {{ engagements({THREE}) {{ values total }} }}", ("kaon", "engagements")),
        f"week={RUNNING - 1}",
        lambda: {"values": [engagements(RUNNING - 2), None, engagements(RUNNING)], "total": None},
    ),
    gaps=Read(
        'kaon { engagements(period: {start: "2026-03-08", end: "2026-03-16"}) { values } '
        'itemHits(path: "home", period: {start: "2011-12-30", end: "2012-01-10"}) { values } }',
        ("kaon",),
        gives=lambda: {
            "engagements": {"values": [engagements(RUNNING), None]},
            "itemHits": {"values": [None, 0, 0]},
        },
    ),
    series=Read(f"kaon {{ {ONE} {{ source {{ isStale }} }} }}", ("kaon", "engagements", "source")),
    other=_other,
    every=(
        Read("kaon { weeks { number } }", ("kaon", "weeks")),
        Read("kaon { durations { count } }", ("kaon", "durations")),
        Read("kaon { deviceCount { total } }", ("kaon", "deviceCount")),
        Read("kaon { engagements(breakdown: COUNTRY) { total } }", ("kaon", "engagements")),
        Read("kaon { engagements(breakdown: LANGUAGE) { total } }", ("kaon", "engagements")),
        Read("kaon { items { count } }", ("kaon", "items")),
        Read('kaon { itemHits(path: "home", breakdown: COUNTRY) { total } }', ("kaon", "itemHits")),
        Read('kaon { clickstream(externalId: "crm-5521", first: 5) { nodes { name } } }', ("kaon", "clickstream")),
    ),
)


class TestContract(VendorContract):
    subject = SUBJECT


class TestFaults(FaultMatrix):
    subject = SUBJECT
