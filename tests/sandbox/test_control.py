"""`/control/…`: how tests and people in another process steer the sandbox, and see what was asked of it."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from parallax.sandbox.options import Options
from parallax.sandbox.products import OF_APP, PRODUCTS, Quirk
from parallax.sandbox.server import Sandbox, running
from tests.sandbox.asking import ACME, Asking
from tests.sandbox.samples import IOS


@pytest.fixture
def control(http: httpx.AsyncClient, vendors: Sandbox) -> "Control":
    return Control(http, f"{vendors.sensor_tower.url}/control/")


class Control:
    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http, self._url = http, url

    async def __call__(self, method: str, place: str, body: Any = None) -> httpx.Response:
        return await self._http.request(method, self._url + place, json=body)


async def test_calls_are_told_without_the_secret(asking: Asking, vendors: Sandbox) -> None:
    await asking.tower("/v1/ios/apps", app_ids=IOS)
    await asking.tower("/v1/unified/app_overlap", "second", **{"countries[]": ["US", "DE"]})
    await asking.kaon("nothing")
    await asking.kore("wrong")
    told = []
    for vendor in vendors.vendors:
        answer = await asking.http.get(f"{vendor.url}/control/calls")
        told += answer.json()["calls"]
        assert vendors.sensor_tower.accounts["first"].token not in answer.text
        assert vendors.kaon.accounts["first"].api_key not in answer.text
    assert [(call["method"], call["path"], call["parameters"], call["status"], call["account"]) for call in told] == [
        ("GET", "/v1/ios/apps", {"app_ids": [IOS]}, 200, "first"),
        ("GET", "/v1/unified/app_overlap", {"countries[]": ["US", "DE"]}, 422, "second"),
        (
            "POST",
            f"/api/public/bot/{ACME.stream}/v2/userEngagementTrend",
            {"aggregation_type": ["daily"], "start_date": ["2026-02-09"], "end_date": ["2026-02-10"]},
            401,
            None,
        ),
        ("GET", "/api/nothing", {"client": ["acme-demo"]}, 404, None),
    ]
    [call, overlap] = vendors.sensor_tower.calls
    assert (call.value("app_ids"), call.value("countries"), call.listed("app_ids")) == (IOS, None, [IOS])
    assert overlap.parameters["countries[]"] == ["US", "DE"]


async def test_calls_are_counted_by_path_and_control_is_none(asking: Asking, control: Control) -> None:
    for _ in range(2):
        await asking.tower("/v1/ios/apps", app_ids=IOS)
    await asking.tower("/v1/api_usage")
    for _ in range(2):
        told = (await control("GET", "calls")).json()
        assert (told["count"], told["by_path"]) == (3, {"/v1/ios/apps": 2, "/v1/api_usage": 1})
    assert (await control("DELETE", "calls")).json()["count"] == 0


async def test_faults_are_set_seen_and_taken_away(asking: Asking, control: Control) -> None:
    await control("POST", "faults", {"kind": "status", "status": 503, "next_calls": 1})
    told = await control("POST", "faults", [{"kind": "latency", "ms": 1}, {"kind": "html", "path": "/v1/ios"}])
    assert [fault["kind"] for fault in told.json()["faults"]] == ["status", "latency", "html"]
    assert (await asking.tower("/v1/ios/apps", app_ids=IOS)).status_code == 503
    assert (await asking.tower("/v1/ios/apps", app_ids=IOS)).headers["content-type"].startswith("text/html")
    assert len((await control("GET", "faults")).json()["faults"]) == 2
    assert (await control("DELETE", "faults")).json() == {"faults": []}
    assert (await asking.tower("/v1/ios/apps", app_ids=IOS)).json()["apps"]


async def test_a_fault_at_one_vendor_is_none_at_another(asking: Asking, control: Control) -> None:
    await control("POST", "faults", {"kind": "status"})
    assert (await asking.kaon("weeks")).status_code == 200


async def test_the_clock_is_set_for_all_vendors(asking: Asking, control: Control, vendors: Sandbox) -> None:
    told = await control("POST", "clock", {"now": "2026-01-05T10:00:00+01:00", "stands": True})
    assert told.json() == {"now": "2026-01-05T09:00:00+00:00", "today": "2026-01-05"}
    assert (await asking.kaon("engagement")).json()["week"] == 731
    statuses = [(await asking.tower("/v1/api_usage")).status_code for _ in range(7)]
    assert statuses[-1] == 429
    await control("POST", "clock", {"advance_seconds": 1})
    assert (await asking.tower("/v1/api_usage")).status_code == 200
    assert (await control("GET", "clock")).json()["now"] == "2026-01-05T09:00:01+00:00"
    await control("DELETE", "clock")
    assert vendors.clock.today().isoformat() == "2026-03-11"


async def test_switches_are_set_by_name(asking: Asking, control: Control) -> None:
    assert (await control("GET", "switches")).json()["per_second"] == 6
    told = await control("POST", "switches", {"list_wrapped": True, "per_second": None})
    assert (told.json()["list_wrapped"], told.json()["five_sources"]) == (True, False)
    asked = {"app_ids": IOS, "date_granularity": "all_time", "start_date": "2026-01-01"}
    assert isinstance((await asking.tower("/v1/ios/usage/retention", **asked)).json(), list)
    assert (await control("DELETE", "switches")).json()["list_wrapped"] is False


async def test_everything_is_put_back_at_once(asking: Asking, control: Control, vendors: Sandbox) -> None:
    await asking.tower("/v1/ios/apps", app_ids=IOS)
    await control("POST", "faults", {"kind": "hang"})
    await control("POST", "clock", {"now": "2020-01-01T00:00:00Z"})
    await control("POST", "switches", {"strict": False})
    assert (await control("POST", "reset")).status_code == 200
    assert (vendors.sensor_tower.calls, vendors.sensor_tower.set_faults) == ([], [])
    answer = await asking.tower("/v1/ios/apps", app_ids=IOS)
    assert (answer.status_code, answer.headers["x-api-usage-count"]) == (200, "1")
    assert vendors.clock.today().year == 2026
    assert vendors.sensor_tower.switches.strict


@pytest.mark.parametrize(
    ("method", "place", "body", "status", "said"),
    [
        ("POST", "faults", {"kind": "explosion"}, 422, "explosion"),
        ("POST", "faults", {"kind": "status", "status": "many"}, 422, "status"),
        ("POST", "faults", {"kind": "status", "colour": 1}, 422, "colour"),
        ("POST", "faults", {}, 422, "kind"),
        ("POST", "faults", ["hang"], 422, "object"),
        ("POST", "clock", {"now": "yesterday"}, 422, "yesterday"),
        ("POST", "clock", {}, 422, "advance_seconds"),
        ("POST", "switches", {"colour": True}, 422, "colour"),
        ("PUT", "faults", {}, 405, "GET, POST, DELETE"),
        ("GET", "nothing", None, 404, "switches"),
    ],
)
async def test_what_control_cannot_do_it_says(
    control: Control, method: str, place: str, body: Any, status: int, said: str
) -> None:
    answer = await control(method, place, body)
    assert answer.status_code == status
    assert said in answer.json()["error"]


async def test_the_catalogue_tells_every_id(control: Control) -> None:
    products = (await control("GET", "products")).json()["products"]
    assert len(products) == len(PRODUCTS) >= 60
    [acme] = [product for product in products if product["name"] == "Acme Notes"]
    assert acme["unified"] == ACME.unified
    assert {product["app"] for product in products} - {None} == {str(app) for app in OF_APP}


def test_the_catalogue_has_every_hard_case() -> None:
    for ids in ("unified", "cohort", "stream", "kaon", "name"):
        assert len({getattr(product, ids) for product in PRODUCTS}) == len(PRODUCTS)
    for quirk in Quirk:
        assert any(quirk in product.quirks for product in PRODUCTS)
    assert {len(product.ios) for product in PRODUCTS} == {0, 1, 3}
    assert {len(product.android) for product in PRODUCTS} == {0, 1, 3}
    assert len(OF_APP) == 12, "every app of the demo"


async def test_two_sandboxes_say_the_same_whenever_they_are_asked(http: httpx.AsyncClient) -> None:
    """Of settled days; the clock of the second is months ahead."""
    sums = []
    for now in (datetime(2026, 3, 11, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)):
        async with running(Options(now=now)) as sandbox:
            asking = Asking(http, sandbox)
            settled = {"start_date": "2026-02-02", "end_date": "2026-02-08"}
            estimates = {"app_ids": ACME.unified, "countries": "WW,NO", **settled}
            answers = [
                await asking.tower("/v1/unified/sales_report_estimates", **estimates, date_granularity="daily"),
                await asking.tower("/v1/unified/usage/active_users", **estimates, time_period="day"),
                await asking.tower(
                    "/v1/unified/ad_intel/network_analysis", app_ids=ACME.unified, **settled, period="day"
                ),
                await asking.kaon("uid", week=731),
                await asking.kaon("hits", week=731, path="home", detail="country"),
                await asking.kore(),
            ]
            assert {answer.status_code for answer in answers} == {200}
            sums.append([answer.content for answer in answers])
    assert sums[0] == sums[1]
