"""Sensor Tower, held against what every vendor has to pass."""

import re
from datetime import date, timedelta
from typing import Any

from pydantic import SecretStr

from parallax.ids import GlobalId, canonical, encode
from parallax.metrics.catalog import SourceSystem
from parallax.sandbox.accounts import SENSOR_TOWER
from parallax.sandbox.products import OF_APP, PRODUCTS, Quirk
from parallax.sandbox.sensor_tower.market import Asset
from parallax.sandbox.sensor_tower.sales import estimates
from tests.seeds import NORDLYS
from tests.vendors.conftest import TODAY
from tests.vendors.contract import FaultMatrix, Partial, Read, Subject, VendorContract
from tests.vendors.sensor_tower.stores import ACME, IOS

DAY = timedelta(days=1)
FIRST = "2026-02-02"
ONE = f'period: {{start: "{FIRST}", end: "{FIRST}"}}'
"""A range of one day cannot be halved."""
WEEK = 'period: {start: "2026-02-02", end: "2026-02-08"}'
WEEKS = 'period: {start: "2026-02-02", end: "2026-02-18"}'
MONTH = 'period: {start: "2026-01-01", end: "2026-01-31"}'
AT = ("sensorTower", "estimate")
SPARSE = next(product for product in OF_APP.values() if Quirk.ABSENT_DAYS in product.quirks)
"""Of some days it has no estimate."""


def _settings(account: int, url: str) -> dict[str, Any]:
    return {"sensor_tower_url": url, "sensor_tower_auth_token": SecretStr(SENSOR_TOWER[account].token)}


def _sends(first: str, last: str) -> dict[str, str]:
    return {
        "app_ids": ACME.unified,
        "countries": "WW",
        "date_granularity": "daily",
        "start_date": first,
        "end_date": last,
    }


def _downloads(first: str, last: str) -> list[int]:
    """Of Acme Notes over the world, by day."""
    asset = Asset(ACME.unified, ACME, "unified")
    of = dict(estimates(asset, "WW", "daily", date.fromisoformat(first), date.fromisoformat(last), TODAY.date()))
    return [sum(pair[0] for pair in units.values()) for units in of.values()]


def _shown(arguments: str, fields: str = "values") -> str:
    return f"sensorTower {{ estimate(name: DOWNLOADS, {arguments}) {{ {fields} }} }}"


def _other(number: int) -> str:
    day = date(2025, 1, 1) + number * DAY
    return _shown(f'period: {{start: "{day}", end: "{day}"}}')


def _of(name: str, kind: str, key: dict[str, str], shown: str) -> Read:
    """A field of what is had by its id, so that nothing has to be called to come by it."""
    id = encode(GlobalId(kind, NORDLYS, (canonical(key),)))
    return Read(
        f'{name}: node(id: "{id}") {{ ... on {kind} {{ {shown} }} }}', (name, re.split(r"\W", shown)[0]), is_root=True
    )


def _edition(shown: str) -> Read:
    return _of("edition", "StoreApp", {"ios": IOS}, shown)


def _cohort(shown: str) -> Read:
    return _of("cohort", "PanelCohort", {"cohort": ACME.cohort}, shown)


def _product(field: str, shown: str) -> Read:
    return Read(f"sensorTower {{ {shown} }}", ("sensorTower", field))


def _market(field: str, shown: str) -> Read:
    return Read(f"client {{ market {{ {shown} }} }}", ("client", "market", field))


def _gaps() -> dict[str, Any]:
    asset = Asset(SPARSE.unified, SPARSE, "unified")
    days = [date(2026, 2, 2) + n * DAY for n in range(7)]
    by_day = dict(estimates(asset, "NO", "daily", days[0], days[-1], TODAY.date()))
    return {"values": [sum(pair[0] for pair in by_day[day].values()) if day in by_day else None for day in days]}


SPANS = (("2026-02-02", "2026-02-08"), ("2026-02-09", "2026-02-15"), ("2026-02-16", "2026-02-18"))
NETWORK = 'networks: ["Admob"], countries: ["US"], period: {start: "2026-02-02", end: "2026-02-08"}'
ADVERTISED = f'countries: ["US"], networks: ["Line"], adTypes: ["video-interstitial"], {WEEK}'
SUBJECT = Subject(
    system=SourceSystem.SENSOR_TOWER,
    to={"sensorTower": {"unified": ACME.unified}},
    fake=lambda sandbox: sandbox.sensor_tower,
    settings=_settings,
    credentials=lambda account, _: {"sensorTower": {"authToken": SENSOR_TOWER[account].token}},
    secrets=lambda account: (SENSOR_TOWER[account].token,),
    simple=Read(_shown(ONE), AT, (_sends(FIRST, FIRST),), lambda: {"values": _downloads(FIRST, FIRST)}),
    chunked=Read(
        _shown(WEEKS, "values total"),
        AT,
        tuple(_sends(*span) for span in SPANS),
        lambda: {
            "values": _downloads(SPANS[0][0], SPANS[-1][1]),
            "total": sum(_downloads(SPANS[0][0], SPANS[-1][1])),
        },
    ),
    partial=Partial(
        Read(_shown(WEEKS, "values total"), AT),
        "start_date=2026-02-09",  # a range that fails is asked for once more in halves: the later one comes
        lambda: {"values": _downloads(*SPANS[0]) + [None] * 3 + _downloads("2026-02-12", "2026-02-18"), "total": None},
    ),
    gaps=Read(
        f'client {{ market {{ app(key: {{unified: "{SPARSE.unified}"}}) {{ '
        f'estimate(name: DOWNLOADS, countries: ["NO"], {WEEK}) {{ values }} }} }} }}',
        ("client", "market", "app", "estimate"),
        gives=_gaps,
    ),
    series=Read(_shown(WEEK, "source { isStale }"), (*AT, "source")),
    other=_other,
    every=(
        _product("name", "name"),
        _market("search", 'search(term: "acme") { __typename }'),
        _edition('listing(country: "NO") { name }'),
        _edition("inAppPurchases { name }"),
        _edition(f'rank(category: "6007", chart: "topfreeapplications", countries: ["NO"], {WEEK}) {{ values }}'),
        _edition('currentRanks(country: "NO") { rank }'),
        _edition("updates { at }"),
        _edition("versions { version }"),
        _product("estimate", f"estimate(name: REVENUE, {WEEK}) {{ values }}"),
        _product("estimate", f"estimate(name: ACTIVE_USERS, {WEEK}) {{ values }}"),
        _market("topApps", f'topApps(store: IOS, category: "6007", {WEEK}) {{ value }}'),
        _product("creatives", f"creatives({ADVERTISED}) {{ nodes {{ id }} }}"),
        _product("advertising", f"advertising(name: SHARE_OF_VOICE, {NETWORK}) {{ values }}"),
        _product("advertising", f"advertising(name: RANK, {NETWORK}) {{ values }}"),
        _product("downloadsBySource", f"downloadsBySource({MONTH}) {{ values }}"),
        _product("usage", f"usage(name: TIME_SPENT, {MONTH}) {{ values }}"),
        _edition(f"usage(name: TIME_SPENT, {MONTH}) {{ values }}"),
        _edition("retention { start }"),
        _edition("demographics { start }"),
        _product("overlap", f'overlap(country: "US", {MONTH}) {{ share }}'),
        *(
            _market("panelCohorts", f"panelCohorts(analysis: {analysis}) {{ id }}")
            for analysis in ("CHURN", "RETENTION", "ENGAGEMENT", "TIME_OF_DAY", "POWER_USERS", "CROSS_APP")
        ),
        _cohort(f"churn({MONTH}) {{ values }}"),
        _cohort(f"retention({MONTH}) {{ averages }}"),
        _cohort(f"engagement(name: TIME_SPENT, {MONTH}) {{ values }}"),
        _cohort(f'engagement(name: DAU_GROWTH, among: "{PRODUCTS[1].cohort}", {MONTH}) {{ values }}'),
        _cohort("powerUsers { date }"),
        _cohort("timeOfDay"),
    ),
    patience_s=2.5,
)  # fmt: skip


class TestContract(VendorContract):
    subject = SUBJECT


class TestFaults(FaultMatrix):
    subject = SUBJECT
