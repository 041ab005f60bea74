"""`parallax sandbox` as a person starts it."""

import re
import signal

import httpx
import pytest

from parallax.sandbox.accounts import KAON, KORE_AI, SENSOR_TOWER
from tests.verbs import around, run, started

ENV = around()


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
async def test_it_tells_how_to_reach_it_and_ends_when_told(told: int) -> None:
    words = ("sandbox", "--port-base", "0", "--today", "2026-03-11", "--unlimited", "--latency-ms", "1")
    async with started(*words, env=ENV) as running:
        said = await running.until("/control/products")
        [tower] = re.findall(r"^PARALLAX_SENSOR_TOWER_URL=(http://127\.0\.0\.1:\d+)$", said, re.MULTILINE)
        [kaon] = re.findall(r"^PARALLAX_KAON_URL=(http://127\.0\.0\.1:\d+)$", said, re.MULTILINE)
        [hosts] = re.findall(r"^PARALLAX_VENDOR_ALLOW_HOSTS=(.*)$", said, re.MULTILINE)
        [kore] = [host for host in hosts.split(",") if host not in tower + kaon]
        for text in (*(each.token for each in SENSOR_TOWER), *(each.api_key for each in KAON)):
            assert text in said
        assert all(each.client_id in said and each.client_secret in said for each in KORE_AI)

        async with httpx.AsyncClient() as http:
            asked = {"auth_token": SENSOR_TOWER[0].token}
            answers = [await http.get(f"{tower}/v1/api_usage", params=asked) for _ in range(8)]
            assert {answer.status_code for answer in answers} == {200}
            week = await http.get(f"{kaon}/api/engagement", params={"apikey": KAON[0].api_key, "client": "acme-demo"})
            assert week.json()["week"] == 740
            assert (await http.get(f"http://{kore}/control/calls")).json()["count"] == 0
        assert await running.ends(told) == 0
        assert running.said.endswith("Stopped.\n")


async def test_a_port_that_is_taken_is_named_with_what_to_do() -> None:
    async with started("sandbox", "--port-base", "0", env=ENV) as running:
        said = await running.until("/control/products")
        [port] = re.findall(r"^PARALLAX_SENSOR_TOWER_URL=http://127\.0\.0\.1:(\d+)$", said, re.MULTILINE)
        refused = run("sandbox", "--port-base", port, env=ENV)
    assert refused.code == 1
    assert f"Cannot listen on ports {port} to {int(port) + 2}" in refused.err
    assert "--port-base" in refused.err


async def test_faults_may_be_set_from_the_start() -> None:
    faults = ('{"vendor": "kaon", "kind": "status", "status": 503}', '{"kind": "status", "status": 429}')
    words = [word for fault in faults for word in ("--fault", fault)]
    async with started("sandbox", "--port-base", "0", *words, env=ENV) as running:
        said = await running.until("/control/products")
        found = re.search(r"^PARALLAX_VENDOR_ALLOW_HOSTS=(.*)$", said, re.MULTILINE)
        assert found
        async with httpx.AsyncClient() as http:
            statuses = [(await http.get(f"http://{host}/")).status_code for host in found[1].split(",")]
    assert statuses == [429, 429, 503]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--port-base", "70000"),
        ("--latency-ms", "-1"),
        ("--fault", "hang"),
        ("--fault", '{"kind": "explosion"}'),
        ("--fault", '{"kind": "hang", "vendor": "acme"}'),
        ("--fault", '["hang"]'),
    ],
)
def test_what_cannot_be_is_refused(option: str, value: str) -> None:
    refused = run("sandbox", option, value, env=ENV)
    assert refused.code == 1
    assert option in refused.err
