"""Which other apps an app's users use, asked through the graph (contract 13)."""

from dataclasses import replace

import pytest

from parallax.sandbox.products import ACME, PRODUCTS, Quirk
from parallax.sandbox.server import Sandbox
from tests.gateways import Gateway
from tests.seeds import NORDLYS

UNIFIED = str(ACME["unified"])
WINTER = 'period: {start: "2026-01-01", end: "2026-02-28"}'
SHOWN = "app { unifiedId name } share previousShare shareChange multiplier inverseMultiplier"
SMALL = next(each for each in PRODUCTS if Quirk.BELOW_MINIMUM in each.quirks and each.users)


def of(field: str, key: str = f'unified: "{UNIFIED}"') -> str:
    return f'{{ client(id: "{NORDLYS}") {{ market {{ app(key: {{{key}}}) {{ {field} }} }} }} }}'


def calls(vendors: Sandbox) -> list[dict[str, list[str]]]:
    return [call.parameters for call in vendors.sensor_tower.calls if call.path == "/v1/unified/app_overlap"]


async def test_overlaps_are_told_over_whole_months(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    answer = await vendor_gateway.ask(of(f'overlap(country: "us", {WINTER}) {{ {SHOWN} }}'))
    rows = answer.data["client"]["market"]["app"]["overlap"]
    names = {product.unified: product.name for product in PRODUCTS}
    assert len(rows) > 3
    assert [row["share"] for row in rows] == sorted((row["share"] for row in rows), reverse=True)
    for row in rows:
        assert row["app"]["name"] == names[row["app"]["unifiedId"]]
        assert 0 <= row["share"] <= 1
        assert row["shareChange"] == pytest.approx(row["share"] - row["previousShare"])
        assert row["multiplier"] > row["inverseMultiplier"] > 0
    assert calls(vendors) == [
        {
            "app_id": [UNIFIED],
            "countries[]": ["US"],
            "start_date": ["2026-01-01"],
            "end_date": ["2026-02-28"],
            "include_inverse_multiplier": ["true"],
        }
    ]
    # The names of all of them are one call more.
    assert [call.path for call in vendors.sensor_tower.calls].count("/v1/unified/apps") == 2


async def test_overlaps_may_be_of_one_category(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    asked = f'country: "US", {WINTER}'
    fields = f'all: overlap({asked}) {{ share }} few: overlap({asked}, category: "6007") {{ share }}'
    told = (await vendor_gateway.ask(of(fields))).data["client"]["market"]["app"]
    assert 0 < len(told["few"]) < len(told["all"])
    assert sorted(call.get("category", [""])[0] for call in calls(vendors)) == ["", "6007"]


async def test_an_app_named_by_another_id_is_looked_up(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    answer = await vendor_gateway.ask(of(f'overlap(country: "US", {WINTER}) {{ share }}', 'android: "com.acme.notes"'))
    assert answer.data["client"]["market"]["app"]["overlap"]
    assert calls(vendors)[0]["app_id"] == [UNIFIED]


async def test_months_that_were_asked_for_cost_no_call_again(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    text = of(f'overlap(country: "US", {WINTER}) {{ {SHOWN} }}')
    first = (await vendor_gateway.ask(text)).data
    vendors.sensor_tower.calls.clear()
    assert (await vendor_gateway.ask(text)).data == first
    assert vendors.sensor_tower.calls == []


@pytest.mark.parametrize("bare", [False, True], ids=["errors as a list", "errors as one object"])
async def test_an_app_that_few_use_is_refused_in_the_vendors_words(
    vendor_gateway: Gateway, vendors: Sandbox, bare: bool
) -> None:
    vendors.sensor_tower.switches = replace(vendors.sensor_tower.switches, bare_error=bare)
    text = of(f'name overlap(country: "US", {WINTER}) {{ share }}', f'unified: "{SMALL.unified}"')
    answer = await vendor_gateway.ask(text)
    assert answer.body["data"]["client"]["market"]["app"] == {"name": SMALL.name, "overlap": None}
    error = answer.error_at("client", "market", "app", "overlap")
    assert error["extensions"]["code"] == "SOURCE_REJECTED"
    assert error["message"] == 'Sensor Tower refuses the question. It says: "The app is below the usage minimum"'


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (f'country: "NO", {WINTER}', "country: is none of which overlaps are told. Allowed: US, AU, CA, FR,"),
        (f'country: "WW", {WINTER}', "country: is none of which overlaps are told."),
        (
            'country: "US", period: {start: "2026-01-02", end: "2026-02-28"}',
            "period: must be whole months. Allowed: 2026-01-01 to 2026-02-28.",
        ),
        ('country: "US", period: {last: "30d"}', "period: must be whole months."),
        (
            'country: "US", period: {start: "2026-03-01", end: "2026-03-31"}',
            "period: is not over, and only whole months are told. Allowed: months that end before 2026-03-11.",
        ),
        (f'country: "US", {WINTER}, category: "{"x" * 101}"', "category: must be the id of a category"),
    ],
)
async def test_what_cannot_be_asked_is_refused_before_a_call(
    vendor_gateway: Gateway, vendors: Sandbox, arguments: str, problem: str
) -> None:
    """Y1."""
    error = (await vendor_gateway.ask(of(f"overlap({arguments}) {{ share }}"))).error
    assert error["extensions"]["code"] == "INVALID_PARAMETER"
    assert problem in error["message"]
    assert calls(vendors) == []
