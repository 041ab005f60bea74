"""With whose credentials a vendor is asked, and what is shared between them."""

from typing import Any
from uuid import UUID

from parallax.sandbox.accounts import KAON
from parallax.sandbox.products import PRODUCTS
from parallax.sandbox.server import Sandbox
from tests.clusters import Cluster
from tests.gateways import Gateway
from tests.plainly import plainly
from tests.seeds import ADMIN, BOTH, HIMAL, NORDLYS, NOTES, OPERATOR, TREK
from tests.vendors.asking import linked, of_app

PRODUCT = PRODUCTS[0]
CONNECT = """mutation($client: ID!, $key: String!) {
  vendorConnect(input: {client: $client, credentials: {kaon: {apiKey: $key}}}) { userErrors { code } } }"""
WEEKS = "name kaon { weeks { number } }"


async def connected(gateway: Gateway, client: UUID, key: str) -> None:
    answer = await gateway.ask(CONNECT, token=OPERATOR, client=str(client), key=key)
    assert answer.data["vendorConnect"]["userErrors"] == []


async def weeks(gateway: Gateway, app: UUID = NOTES, client: UUID = NORDLYS) -> Any:
    """The whole body; BOTH sees both clients."""
    return (await gateway.ask(of_app(WEEKS, app, client), token=BOTH)).body


async def test_equal_credentials_share_what_is_kept_and_different_ones_never(
    vendor_gateway: Gateway, vendors: Sandbox
) -> None:
    for app in (NOTES, TREK):
        await linked(vendor_gateway, {"kaon": {"clientKey": PRODUCT.kaon}}, app, OPERATOR)
    ours = await weeks(vendor_gateway)
    assert (await weeks(vendor_gateway, TREK, HIMAL))["data"]["client"]["app"]["kaon"] == ours["data"]["client"]["app"][
        "kaon"
    ]
    assert len(vendors.kaon.calls) == 1

    await connected(vendor_gateway, HIMAL, KAON[1].api_key)
    assert "errors" not in await weeks(vendor_gateway, TREK, HIMAL)
    assert len(vendors.kaon.calls) == 2

    await connected(vendor_gateway, NORDLYS, KAON[1].api_key)
    assert "errors" not in await weeks(vendor_gateway)
    assert len(vendors.kaon.calls) == 2


async def test_a_links_own_key_goes_before_the_clients_and_that_before_the_environments(
    vendor_gateway: Gateway, vendors: Sandbox
) -> None:
    """The environment's is good, the client's opens nothing any more, the link's is good again."""
    await linked(vendor_gateway, {"kaon": {"clientKey": PRODUCT.kaon}})
    assert "errors" not in await weeks(vendor_gateway)

    await connected(vendor_gateway, NORDLYS, KAON[3].api_key)
    [error] = (await weeks(vendor_gateway))["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["client", "app", "kaon", "weeks"], "SOURCE_REJECTED")
    assert KAON[3].api_key not in str(error)

    await linked(vendor_gateway, {"kaon": {"clientKey": PRODUCT.kaon, "apiKey": KAON[1].api_key}})
    assert "errors" not in await weeks(vendor_gateway)
    assert len(vendors.kaon.calls) == 3


async def test_credentials_that_do_not_open_fail_their_own_fields_alone(
    vendor_gateway: Gateway, vendors: Sandbox, cluster: Cluster
) -> None:
    await linked(vendor_gateway, {"kaon": {"clientKey": PRODUCT.kaon}})
    await connected(vendor_gateway, NORDLYS, KAON[0].api_key)
    async with plainly(cluster, vendor_gateway.urls) as superuser:
        await superuser.script("update vendor_credential set sealed = sealed || '\\x00'")

    body = await weeks(vendor_gateway)

    assert body["data"]["client"]["app"] == {"name": "Notes", "kaon": {"weeks": None}}
    [error] = body["errors"]
    assert (error["extensions"]["code"], error["extensions"]["source"]) == ("SOURCE_REJECTED", "KAON")
    assert "cannot be opened with this key" in error["message"]
    assert len(vendors.kaon.calls) == 0
    answer = await vendor_gateway.ask(of_app("links { system }"), token=ADMIN)
    assert answer.data["client"]["app"]["links"] == [{"system": "KAON"}]
