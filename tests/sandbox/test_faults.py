"""Whatever can go wrong with a vendor, each kind at each of the three, on demand."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from parallax.sandbox.faults import Fault, Kind
from parallax.sandbox.options import Options
from parallax.sandbox.server import Sandbox, running
from parallax.sandbox.vendor import Vendor
from tests.sandbox.asking import Asking
from tests.sandbox.samples import IOS

Ask = Callable[[], Coroutine[Any, Any, httpx.Response]]
VENDORS = ("sensor_tower", "kore_ai", "kaon")


def vendor_of(sandbox: Sandbox, name: str) -> Vendor[Any]:
    found: Vendor[Any] = getattr(sandbox, name)
    return found


def question(asking: Asking, name: str) -> Ask:
    """One that the vendor answers with 200."""
    ways: dict[str, Ask] = {
        "sensor_tower": lambda: asking.tower("/v1/ios/apps", app_ids=IOS),
        "kore_ai": asking.kore,
        "kaon": lambda: asking.kaon("engagement"),
    }
    return ways[name]


@pytest.fixture(params=VENDORS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def vendor(vendors: Sandbox, name: str) -> Vendor[Any]:
    return vendor_of(vendors, name)


@pytest.fixture
def ask(asking: Asking, name: str) -> Ask:
    return question(asking, name)


@pytest.mark.parametrize("status", [401, 403, 404, 422, 429, 500, 502, 503])
async def test_a_status_ends_after_the_calls_that_it_is_for(vendor: Vendor[Any], ask: Ask, status: int) -> None:
    vendor.faults(Fault(Kind.STATUS, status=status, next_calls=2))
    assert [(await ask()).status_code for _ in range(3)] == [status, status, 200]
    assert [call.status for call in vendor.calls] == [status, status, 200]


async def test_a_429_may_say_when_to_come_back(vendor: Vendor[Any], ask: Ask) -> None:
    vendor.faults(Fault(Kind.STATUS, status=429, retry_after=7, next_calls=1), Fault(Kind.STATUS, status=429))
    assert (await ask()).headers["retry-after"] == "7"
    assert "retry-after" not in (await ask()).headers


async def test_html_comes_with_a_200(vendor: Vendor[Any], ask: Ask) -> None:
    vendor.faults(Fault(Kind.HTML))
    answer = await ask()
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.text.startswith("<!doctype html>")


async def test_json_is_cut_off_and_calls_itself_whole(vendor: Vendor[Any], ask: Ask) -> None:
    true = await ask()
    vendor.faults(Fault(Kind.TRUNCATED))
    cut = await ask()
    assert cut.status_code == 200
    assert len(cut.content) == int(cut.headers["content-length"])
    assert true.content.startswith(cut.content)
    with pytest.raises(json.JSONDecodeError):
        cut.json()


async def test_no_value_is_of_its_type(vendor: Vendor[Any], ask: Ask) -> None:
    true = (await ask()).json()
    vendor.faults(Fault(Kind.WRONG_TYPES))
    wrong = (await ask()).json()
    assert wrong.keys() == true.keys()
    assert "about " in json.dumps(wrong)


async def test_an_error_hides_in_a_200(vendor: Vendor[Any], ask: Ask) -> None:
    vendor.faults(Fault(Kind.ERROR_INSIDE))
    answer = await ask()
    assert answer.status_code == 200
    assert answer.json()["error"] == "Internal error."


async def test_a_body_is_empty(vendor: Vendor[Any], ask: Ask) -> None:
    vendor.faults(Fault(Kind.EMPTY))
    answer = await ask()
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("application/json")


async def test_a_body_is_as_large_as_was_asked_and_not_announced(vendor: Vendor[Any], ask: Ask) -> None:
    vendor.faults(Fault(Kind.HUGE, size=300_000))
    answer = await ask()
    assert len(answer.content) == 300_000
    assert "content-length" not in answer.headers
    assert answer.json()


async def test_the_connection_is_closed_amid_the_body(vendor: Vendor[Any], ask: Ask) -> None:
    vendor.faults(Fault(Kind.HALF_OPEN, next_calls=1))
    with pytest.raises(httpx.RemoteProtocolError):
        await ask()
    assert vendor.calls[-1].status == 200
    assert (await ask()).status_code == 200


async def test_a_redirect_leads_elsewhere(vendor: Vendor[Any], ask: Ask) -> None:
    vendor.faults(Fault(Kind.REDIRECT, location="http://169.254.169.254/latest"))
    answer = await ask()
    assert (answer.status_code, answer.headers["location"]) == (302, "http://169.254.169.254/latest")


async def test_who_hangs_never_answers(vendor: Vendor[Any], ask: Ask) -> None:
    vendor.faults(Fault(Kind.HANG, next_calls=1))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await ask()
    assert vendor.calls[-1].status is None
    assert (await ask()).status_code == 200


async def test_an_answer_may_be_late_while_others_are_not(vendor: Vendor[Any], ask: Ask) -> None:
    vendor.faults(Fault(Kind.LATENCY, ms=40_000, next_calls=1), Fault(Kind.LATENCY, ms=20_000, next_calls=1))
    late = asyncio.create_task(ask())
    await vendor.called()
    assert (await ask()).status_code == 200
    assert not late.done()
    late.cancel()
    vendor.faults(Fault(Kind.LATENCY, ms=1))
    assert (await ask()).status_code == 200


async def test_a_fault_is_for_a_path_or_a_question_alone(asking: Asking, vendors: Sandbox) -> None:
    tower = vendors.sensor_tower
    tower.faults(
        Fault(Kind.STATUS, path="/v1/ios", status=503, next_calls=1),
        Fault(Kind.STATUS, query="entity_type=app", status=502),
    )
    assert (await asking.tower("/v1/api_usage")).status_code == 200
    assert (await asking.tower("/v1/unified/search_entities", entity_type="app", term="acme")).status_code == 502
    assert (await asking.tower("/v1/unified/search_entities", entity_type="publisher", term="acme")).status_code == 200
    assert [(await asking.tower("/v1/ios/apps", app_ids=IOS)).status_code for _ in range(2)] == [503, 200]


async def test_a_latency_goes_before_another_fault_and_the_secret_is_no_part_of_the_question(
    asking: Asking, vendors: Sandbox
) -> None:
    token = vendors.sensor_tower.accounts["first"].token
    vendors.sensor_tower.faults(
        Fault(Kind.STATUS, query=token), Fault(Kind.STATUS, status=504), Fault(Kind.LATENCY, ms=1, next_calls=1)
    )
    assert (await asking.tower("/v1/api_usage")).status_code == 504
    assert [fault.kind for fault in vendors.sensor_tower.set_faults] == [Kind.STATUS, Kind.STATUS]


async def test_a_fault_for_all_vendors_is_one_for_each(asking: Asking, vendors: Sandbox) -> None:
    vendors.faults(Fault(Kind.STATUS, status=500, next_calls=1))
    for name in VENDORS:
        assert [(await question(asking, name)()).status_code for _ in range(2)] == [500, 200]


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "explosion"}, {"kind": "status", "status": 99}, {"kind": "huge", "size": 0}, {"kind": "hang", "next_calls": 0},
     {"kind": "latency", "ms": "long"}, {"kind": "status", "retry_after": -1}, {"kind": "html", "path": 7}],
)  # fmt: skip
def test_a_fault_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Fault(**wrong)


async def test_the_sandbox_ends_although_somebody_waits_for_an_answer() -> None:
    async with httpx.AsyncClient() as http:
        async with running(Options(now=datetime(2026, 3, 11, tzinfo=UTC))) as sandbox:
            sandbox.kaon.faults(Fault(Kind.HANG))
            waiting = asyncio.create_task(Asking(http, sandbox).kaon("weeks"))
            await sandbox.kaon.called()
        assert (await waiting).status_code == 500
