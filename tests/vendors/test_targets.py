"""`AppLink.target`: each link leads to the object at its vendor, not only the first."""

from parallax.sandbox.products import PRODUCTS
from tests.gateways import Gateway
from tests.seeds import ADMIN, NOTES
from tests.vendors.asking import linked

TARGETS = """query($id: ID!) { node(id: $id) { ... on AppLink { target {
  ... on SensorTowerApp { id name } ... on KoreAiApp { id streamId } ... on KaonApp { id clientKey } } } } }"""


async def test_every_link_leads_to_its_object(vendor_gateway: Gateway) -> None:
    first, second = PRODUCTS[:2]
    shown = []
    for to in (
        {"koreAi": {"streamId": first.stream}},
        {"koreAi": {"streamId": second.stream}},
        {"kaon": {"clientKey": second.kaon}},
        {"sensorTower": {"unified": second.unified}},
    ):
        link = await linked(vendor_gateway, to, NOTES)
        target = (await vendor_gateway.ask(TARGETS, token=ADMIN, id=link)).data["node"]["target"]
        again = "query($id: ID!) { node(id: $id) { __typename id } }"
        assert (await vendor_gateway.ask(again, token=ADMIN, id=target["id"])).data["node"]["id"] == target.pop("id")
        shown.append(target)

    assert shown == [
        {"streamId": first.stream},
        {"streamId": second.stream},
        {"clientKey": second.kaon},
        {"name": second.name},
    ]
