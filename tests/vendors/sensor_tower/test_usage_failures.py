"""What becomes of retention, demographics, the panel and overlaps when Sensor Tower fails (contract 2, Y1)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from parallax.ids import GlobalId, canonical, encode
from parallax.sandbox.accounts import SENSOR_TOWER
from parallax.sandbox.faults import Fault, Kind
from parallax.sandbox.products import ACME, PRODUCTS
from parallax.sandbox.server import Sandbox
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.gateways import NOW, Gateway, running
from tests.seeds import NORDLYS, VIEWER
from tests.vendors.asking import connected

MONTH = 'period: {start: "2026-01-01", end: "2026-01-31"}'
ANALYSES = ("CHURN", "RETENTION", "ENGAGEMENT", "TIME_OF_DAY", "POWER_USERS", "CROSS_APP")


def node(alias: str, type_name: str, key: dict[str, str], fields: str) -> str:
    id = encode(GlobalId(type_name, NORDLYS, (canonical(key),)))
    return f'{alias}: node(id: "{id}") {{ ... on {type_name} {{ {fields} }} }}'


LISTS = " ".join(f"{name}: panelCohorts(analysis: {name}) {{ id }}" for name in ANALYSES)
COHORT = (
    f"churn({MONTH}) {{ values }} retention({MONTH}) {{ averages }} engagement(name: TIME_SPENT, {MONTH}) {{ values }} "
    f'among: engagement(name: DAU_GROWTH, among: "{PRODUCTS[1].cohort}", {MONTH}) {{ values }} '
    f"powerUsers({MONTH}) {{ date }} timeOfDay"
)
ALL = (
    "{ "
    + node("store", "StoreApp", {"ios": "1500000001"}, "key retention { start } demographics { start }")
    + node(
        "app", "SensorTowerApp", {"unified": str(ACME["unified"])}, f'id overlap(country: "US", {MONTH}) {{ share }}'
    )
    + node("cohort", "PanelCohort", {"cohort": str(ACME["cohort"])}, f"id {COHORT}")
    + f'client(id: "{NORDLYS}") {{ name market {{ {LISTS} }} }} }}'
)
"""A field for each of the 15 endpoints; none of them needs another call."""
PLACES = (
    *(("store", field) for field in ("retention", "demographics")),
    ("app", "overlap"),
    *(("cohort", field) for field in ("churn", "retention", "engagement", "among", "powerUsers", "timeOfDay")),
    *(("client", "market", name) for name in ANALYSES),
)


@asynccontextmanager
async def gateway(
    cluster: Cluster, settings: Settings, template: str, vendors: Sandbox, **more: Any
) -> AsyncIterator[Gateway]:
    patient = connected(settings, vendors, vendor_deadline_seconds=10, **more)  # 15 calls, of which six go in a second
    async with cloned(cluster, settings, template) as urls, running(patient, urls) as gateway:
        yield gateway


def value(data: Any, place: tuple[str, ...]) -> Any:
    for step in place:
        data = data[step]
    return data


@pytest.fixture
async def patient(cluster: Cluster, settings: Settings, template: str, vendors: Sandbox) -> AsyncIterator[Gateway]:
    async with gateway(cluster, settings, template, vendors) as found:
        yield found


async def foretold(gateway: Gateway) -> int:
    body = {"query": ALL, "extensions": {"explain": True}}
    headers = {"authorization": f"Bearer {VIEWER}", "parallax-now": NOW}
    told = (await gateway.http.post("/graphql", json=body, headers=headers)).json()["extensions"]["explain"]["vendors"]
    return sum(each["calls"] for each in told)


async def test_all_of_them_are_15_calls_and_none_the_next_time(patient: Gateway, vendors: Sandbox) -> None:
    """As was foretold, and never more in a second than the vendor allows."""
    assert await foretold(patient) == 15
    assert vendors.sensor_tower.calls == []
    data = (await patient.ask(ALL)).data
    assert all(value(data, place) is not None for place in PLACES)
    assert len({call.path for call in vendors.sensor_tower.calls}) == len(vendors.sensor_tower.calls) == 15
    vendors.sensor_tower.calls.clear()
    assert await foretold(patient) == 0
    assert (await patient.ask(ALL)).data == data
    assert vendors.sensor_tower.calls == []


FAULTS = {
    "a status": (Fault(Kind.STATUS, status=500), "SOURCE_UNAVAILABLE"),
    "an unknown path": (Fault(Kind.STATUS, status=404), "SOURCE_REJECTED"),
    "a refusal": (Fault(Kind.STATUS, status=422), "SOURCE_REJECTED"),
    "a limit": (Fault(Kind.STATUS, status=429, retry_after=60), "SOURCE_QUOTA"),
    "a page": (Fault(Kind.HTML), "SOURCE_UNAVAILABLE"),
    "half an answer": (Fault(Kind.TRUNCATED), "SOURCE_UNAVAILABLE"),
    "other types": (Fault(Kind.WRONG_TYPES), "SOURCE_UNAVAILABLE"),
    "an error inside": (Fault(Kind.ERROR_INSIDE), "SOURCE_UNAVAILABLE"),
    "nothing": (Fault(Kind.EMPTY), "SOURCE_UNAVAILABLE"),
}


@pytest.mark.parametrize(("fault", "code"), FAULTS.values(), ids=FAULTS)
async def test_each_field_fails_by_itself(patient: Gateway, vendors: Sandbox, fault: Fault, code: str) -> None:
    vendors.sensor_tower.faults(fault)
    answer = await patient.ask(ALL)
    data = answer.body["data"]
    assert data["client"]["name"] == "Nordlys"
    assert data["store"]["key"] == "1500000001"
    for place in PLACES:
        assert value(data, place) is None
        extensions = answer.error_at(*place)["extensions"]
        assert (extensions["code"], extensions["source"]) == (code, "SENSOR_TOWER")
    assert SENSOR_TOWER[0].token not in str(answer.body)


@pytest.mark.parametrize(
    ("account", "problem"),
    [
        ("narrow", "it is wrong, or the organisation has no subscription to them"),
        ("expired", "does not accept the token any more: it has expired or was withdrawn"),
    ],
)
async def test_who_may_not_ask_is_told_so(
    cluster: Cluster, settings: Settings, template: str, vendors: Sandbox, account: str, problem: str
) -> None:
    [token] = [each.token for each in SENSOR_TOWER if each.name == account]
    more = {"sensor_tower_auth_token": SecretStr(token)}
    async with gateway(cluster, settings, template, vendors, **more) as refused:
        answer = await refused.ask(ALL)
    for place in PLACES:
        error = answer.error_at(*place)
        assert error["extensions"]["code"] == "SOURCE_REJECTED"
        assert problem in error["message"]


async def test_without_credentials_the_fields_say_what_to_do(own_gateway: Gateway) -> None:
    answer = await own_gateway.ask(ALL)
    assert answer.body["data"]["client"]["market"] is None
    for place in PLACES[:9]:
        error = answer.error_at(*place)
        assert error["extensions"]["code"] == "SOURCE_REJECTED"
        assert "vendorConnect" in error["message"]
