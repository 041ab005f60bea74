"""As few calls as Sensor Tower's contract allows."""

from parallax.sandbox.products import PRODUCTS, Product, Quirk
from parallax.sandbox.server import Sandbox
from tests.gateways import Gateway
from tests.seeds import ADMIN, NORDLYS
from tests.vendors.asking import linked
from tests.vendors.sensor_tower.acme import TO_ACME, acme, of_acme, parameters, paths, shown

DAYS_28 = 'period: {start: "2026-02-02", end: "2026-03-01"}'
WEEK = 'period: {start: "2026-02-02", end: "2026-02-08"}'
MEASURES = ("DOWNLOADS", "REVENUE", "ACTIVE_USERS")
TEN = ("US", "NO", "DE", "GB", "FR", "JP", "BR", "IN", "SE", "PL")


def big(count: int) -> list[Product]:
    return [product for product in PRODUCTS if not product.quirks & {Quirk.BELOW_MINIMUM}][:count]


async def linked_to(gateway: Gateway, products: list[Product]) -> None:
    made = " ".join(
        f'a{n}: appCreate(input: {{client: "{NORDLYS}", name: "App {n:02}"}}) {{ app {{ id }} }}'
        for n in range(len(products))
    )
    apps = (await gateway.ask(f"mutation {{ {made} }}", token=ADMIN)).data
    links = " ".join(
        f'a{n}: appLink(input: {{app: "{apps[f"a{n}"]["app"]["id"]}", to: {{sensorTower: {{unified: "{product.unified}"}}}}}})'
        " { userErrors { message } }"
        for n, product in enumerate(products)
    )
    told = (await gateway.ask(f"mutation {{ {links} }}", token=ADMIN)).data
    assert all(each == {"userErrors": []} for each in told.values())


async def test_fifty_apps_and_three_measures_are_as_few_calls_as_the_contract_allows(
    vendor_gateway: Gateway, vendors: Sandbox
) -> None:
    """Four weeks of days are four windows of sales, for downloads and revenue alike, and one question for users."""
    await linked_to(vendor_gateway, big(50))
    measures = " ".join(f"{name}: estimate(name: {name}, {DAYS_28}) {{ values }}" for name in MEASURES)
    nodes = f"nodes {{ sensorTower {{ {measures} }} }}"
    asked = f'{{ client(id: "{NORDLYS}") {{ apps(first: 50, search: "App ") {{ {nodes} }} }} }}'
    first = (await vendor_gateway.ask(asked)).data["client"]["apps"]["nodes"]
    assert len(first) == 50
    assert all(len(each["sensorTower"][name]["values"]) == 28 for each in first for name in MEASURES)
    assert all(any(each["sensorTower"]["DOWNLOADS"]["values"]) for each in first)
    minimum = {"/v1/unified/sales_report_estimates": 4, "/v1/unified/usage/active_users": 1}
    assert paths(vendors) == minimum
    again = (await vendor_gateway.ask(asked)).data["client"]["apps"]["nodes"]
    assert again == first
    assert paths(vendors) == minimum


async def test_ten_aliases_of_a_field_cost_no_more_than_one(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    aliases = " ".join(
        f'{name}_{country}: estimate(name: {name}, countries: ["{country}"], {DAYS_28}) {{ total }}'
        for country in TEN
        for name in MEASURES
    )
    told = await acme(vendor_gateway, aliases)
    assert len(told) == 30
    assert paths(vendors) == {"/v1/unified/sales_report_estimates": 4, "/v1/unified/usage/active_users": 1}


async def test_what_will_be_called_is_foretold(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    await linked(vendor_gateway, TO_ACME)
    asked = of_acme(" ".join(f"{name}: estimate(name: {name}, {DAYS_28}) {{ values }}" for name in MEASURES))
    body = {"query": asked, "extensions": {"explain": True}}
    headers = {"authorization": f"Bearer {ADMIN}", "parallax-now": "2026-03-11T12:00:00Z"}
    explained = (await vendor_gateway.http.post("/graphql", json=body, headers=headers)).json()
    [vendor] = explained["extensions"]["explain"]["vendors"]
    assert vendor["calls"] == 5
    assert vendor["isComplete"]
    assert not vendors.sensor_tower.calls
    await vendor_gateway.ask(asked)
    assert len(vendors.sensor_tower.calls) == 5


async def test_a_week_that_is_kept_is_not_asked_for_again(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    await linked(vendor_gateway, TO_ACME)
    await vendor_gateway.ask(of_acme(f"estimate(name: DOWNLOADS, {WEEK}) {{ values }}"))
    longer = 'period: {start: "2026-02-02", end: "2026-02-15"}'
    told = shown(await vendor_gateway.ask(of_acme(f"estimate(name: REVENUE, {longer}) {{ values }}")))
    assert None not in told["estimate"]["values"]
    assert [parameters(vendors, place)["start_date"] for place in (0, 1)] == ["2026-02-02", "2026-02-09"]
