"""Pages of other sites: nothing by default, what the operator names, and never by the caller's cookies."""

import pytest

from parallax.settings import Settings
from tests.gateways import Gateway, running
from tests.seeds import VIEWER

HELLO = {"query": "{ viewer { name } }"}
PAGE = "https://dashboards.example"
PREFLIGHT = {
    "origin": PAGE,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization, content-type",
}


async def test_pages_of_other_sites_may_not_ask_by_default(gateway: Gateway) -> None:
    preflight = await gateway.http.options("/graphql", headers=PREFLIGHT)
    assert preflight.status_code == 405
    headers = {"origin": PAGE, "authorization": f"Bearer {VIEWER}"}
    answer = await gateway.http.post("/graphql", json=HELLO, headers=headers)
    for each in (preflight, answer):
        assert not [name for name in each.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(("allowed", "told"), [(f"https://other.example, {PAGE}/", PAGE), ("*", "*")])
async def test_pages_that_the_operator_names_may_ask(
    gateway: Gateway, settings: Settings, allowed: str, told: str
) -> None:
    async with running(settings.model_copy(update={"cors_origins": allowed}), gateway.urls) as shared:
        preflight = await shared.http.options("/graphql", headers=PREFLIGHT)
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == told
        assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
        headers = {"origin": PAGE, "authorization": f"Bearer {VIEWER}"}
        answer = await shared.http.post("/graphql", json=HELLO, headers=headers)
        assert answer.json() == {"data": {"viewer": {"name": "viewer"}}}
        assert answer.headers["access-control-allow-origin"] == told
        assert "etag" in answer.headers["access-control-expose-headers"].lower()
        assert "access-control-allow-credentials" not in answer.headers


async def test_a_page_that_is_not_named_is_not_allowed(gateway: Gateway, settings: Settings) -> None:
    async with running(settings.model_copy(update={"cors_origins": PAGE}), gateway.urls) as shared:
        other = PREFLIGHT | {"origin": "https://evil.example"}
        preflight = await shared.http.options("/graphql", headers=other)
        assert preflight.status_code == 400
        assert "access-control-allow-origin" not in preflight.headers


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
async def test_what_a_form_of_another_site_can_send_is_not_run(gateway: Gateway, kind: str) -> None:
    """Such a request needs no preflight; here it needs a token in a header, which a form cannot set, and JSON."""
    headers = {"origin": PAGE, "content-type": kind, "cookie": f"authorization=Bearer {VIEWER}"}
    for more in ({}, {"authorization": f"Bearer {VIEWER}"}):
        answer = await gateway.http.post("/graphql", content=b'{"query":"{ viewer { name } }"}', headers=headers | more)
        assert answer.status_code in (401, 415)
        assert "data" not in answer.json()
