"""Apps are linked to what the vendors call them: by those who may, in the vendor's own form, and within one client."""

from typing import Any
from uuid import UUID

import pytest

from parallax.apps.loaders import AppKey
from parallax.apps.setup import delete_app
from parallax.clients.setup import delete_client
from parallax.db import Database
from parallax.ids import GlobalId, encode, parse
from tests.clusters import Cluster
from tests.gateways import Gateway
from tests.plainly import plainly, rows_of_client
from tests.seeds import ADMIN, BOTH, HIMAL, MAPS, NORDLYS, NOTES, OPERATOR, STRANGER, TREK, VIEWER
from tests.seeds import NOW as NOON

LINK = """mutation($app: ID!, $to: VendorKeyInput!, $label: String) {
  appLink(input: {app: $app, to: $to, label: $label}) {
    app { name } link { id system store key label hasOwnCredentials createdAt createdBy }
    userErrors { field code message } } }"""
UNLINK = (
    "mutation($link: ID!) { appUnlink(input: {link: $link}) { app { name links { key } } userErrors { field code } } }"
)
LINKS = "query($app: ID!, $client: ID!) { client(id: $client) { app(id: $app) { links { id key } } } }"
STREAM = "st-018f0000-0000-7000-8000-0000000000f1"
OBJECTS: dict[str, tuple[dict[str, Any], tuple[str, str | None, str]]] = {
    "an app of the App Store": ({"sensorTower": {"ios": " 1500000001 "}}, ("SENSOR_TOWER", "IOS", "1500000001")),
    "an app of Google Play": (
        {"sensorTower": {"android": "com.Example.notes_2"}},
        ("SENSOR_TOWER", "ANDROID", "com.Example.notes_2"),
    ),
    "a product": (
        {"sensorTower": {"unified": "65A1B2C3D4E5F60718293A4B"}},
        ("SENSOR_TOWER", "UNIFIED", "65a1b2c3d4e5f60718293a4b"),
    ),
    "a stream": ({"koreAi": {"streamId": STREAM.upper()}}, ("KORE_AI", None, STREAM)),
    "an app of Kaon": ({"kaon": {"clientKey": "acme demo/ü"}}, ("KAON", None, "acme demo/ü")),
}


async def linked(gateway: Gateway, to: dict[str, Any], token: str = ADMIN, app: UUID = NOTES, **more: Any) -> Any:
    return (await gateway.ask(LINK, token=token, app=str(app), to=to, **more)).data["appLink"]


async def links(gateway: Gateway, app: UUID = NOTES, client: UUID = NORDLYS, token: str = VIEWER) -> Any:
    answer = await gateway.ask(LINKS, token=token, app=str(app), client=str(client))
    return answer.data["client"]["app"]["links"]


def refusal(payload: Any) -> dict[str, Any]:
    [error] = payload["userErrors"]
    assert payload["link"] is None
    return dict(error)


# ---------------------------------------------------------------- what an app can be
@pytest.mark.parametrize("what", OBJECTS)
async def test_an_app_is_linked_to(own_gateway: Gateway, what: str) -> None:
    to, (system, store, key) = OBJECTS[what]

    made = await linked(own_gateway, to)

    assert (made["userErrors"], made["app"]) == ([], {"name": "Notes"})
    link = made["link"]
    assert (link["system"], link["store"], link["key"]) == (system, store, key)
    assert (link["createdBy"], link["createdAt"], link["label"]) == ("admin", "2026-03-11T12:00:00+00:00", None)
    assert await links(own_gateway) == [{"id": link["id"], "key": key}]


MALFORMED: list[tuple[dict[str, Any], list[str], str]] = [
    ({"sensorTower": {"ios": "id1500000001"}}, ["sensorTower", "ios"], "a number of up to 10 digits"),
    ({"sensorTower": {"ios": "15000000011"}}, ["sensorTower", "ios"], "a number of up to 10 digits"),
    ({"sensorTower": {"ios": "0"}}, ["sensorTower", "ios"], "a number of up to 10 digits"),
    ({"sensorTower": {"ios": "١٢٣"}}, ["sensorTower", "ios"], "a number of up to 10 digits"),
    ({"sensorTower": {"android": "notes"}}, ["sensorTower", "android"], "a package name"),
    ({"sensorTower": {"android": "com.a,com.b"}}, ["sensorTower", "android"], "a package name"),
    ({"sensorTower": {"android": "com." + "a" * 300}}, ["sensorTower", "android"], "a package name"),
    ({"sensorTower": {"unified": "65a1b2c3"}}, ["sensorTower", "unified"], "24 hexadecimal digits"),
    ({"koreAi": {"streamId": "cs-018f0000-0000-7000-8000-0000000000f1"}}, ["koreAi", "streamId"], "cs- is that of the API"),
    ({"koreAi": {"streamId": "st-1/../../v1"}}, ["koreAi", "streamId"], "st- and a UUID"),
    ({"kaon": {"clientKey": "  "}}, ["kaon", "clientKey"], "1 to 100 printable characters"),
    ({"kaon": {"clientKey": "a\r\nb"}}, ["kaon", "clientKey"], "1 to 100 printable characters"),
    ({"kaon": {"clientKey": "a" * 101}}, ["kaon", "clientKey"], "1 to 100 printable characters"),
    ({"kaon": {"clientKey": "a", "apiKey": "short"}}, ["kaon", "apiKey"], "8 to 500 printable characters"),
]  # fmt: skip


@pytest.mark.parametrize(("to", "path", "told"), MALFORMED)
async def test_a_key_that_the_vendor_would_not_write_is_refused_by_its_name(
    gateway: Gateway, to: dict[str, Any], path: list[str], told: str
) -> None:
    """Y1: the argument and what is allowed."""
    error = refusal(await linked(gateway, to))
    assert (error["code"], error["field"]) == ("INVALID_PARAMETER", ["input", "to", *path])
    assert told in error["message"]


@pytest.mark.parametrize(
    "to",
    [
        {},
        {"kaon": {"clientKey": "a"}, "koreAi": {"streamId": STREAM}},
        {"kaon": None},
        {"sensorTower": {}},
        {"sensorTower": {"ios": "1", "android": "com.a"}},
        {"sensorTower": {"ios": None}},
    ],
)
async def test_a_link_is_to_exactly_one_object(gateway: Gateway, to: dict[str, Any]) -> None:
    answer = await gateway.ask(LINK, token=ADMIN, app=str(NOTES), to=to)
    assert answer.error["extensions"]["code"] == "INVALID_PARAMETER"
    assert "xactly one" in answer.error["message"] or "must be non-null" in answer.error["message"]


# ---------------------------------------------------------------- again, and too often
async def test_the_same_link_again_changes_nothing_and_answers_the_same_link(own_gateway: Gateway) -> None:
    first = await linked(own_gateway, {"sensorTower": {"ios": "1500000001"}}, label="Notes EU")
    again = await linked(own_gateway, {"sensorTower": {"ios": "1500000001"}}, token=OPERATOR)

    assert again == first
    assert len(await links(own_gateway)) == 1


async def test_a_label_or_a_key_given_again_takes_the_place_of_the_one_before(own_gateway: Gateway) -> None:
    first = await linked(own_gateway, {"kaon": {"clientKey": "acme"}}, label="old")
    assert (first["link"]["label"], first["link"]["hasOwnCredentials"]) == ("old", False)

    again = await linked(own_gateway, {"kaon": {"clientKey": "acme", "apiKey": "a-key-of-its-own"}}, label="new")

    assert again["link"] == first["link"] | {"label": "new", "hasOwnCredentials": True}
    assert (await linked(own_gateway, {"kaon": {"clientKey": "acme"}}))["link"] == again["link"]


async def test_an_app_has_several_links_in_the_order_in_which_they_were_made(own_gateway: Gateway) -> None:
    keys = ["com.b", "com.a", "com.c"]
    for minute, key in enumerate(keys):
        at = f"2026-03-11T12:0{minute}:00Z"
        answer = await own_gateway.ask(
            LINK, token=ADMIN, app=str(NOTES), to={"sensorTower": {"android": f"{key}"}}, now=at
        )
        assert answer.data["appLink"]["link"]
    assert [link["key"] for link in await links(own_gateway)] == keys


async def test_an_app_has_twenty_links_at_most(own_gateway: Gateway) -> None:
    for number in range(1, 21):
        assert (await linked(own_gateway, {"sensorTower": {"ios": str(number)}}))["link"]

    error = refusal(await linked(own_gateway, {"sensorTower": {"ios": "21"}}))

    assert (error["code"], error["field"]) == ("INVALID_PARAMETER", ["input", "app"])
    assert (await linked(own_gateway, {"sensorTower": {"ios": "20"}}))["link"]
    assert (await linked(own_gateway, {"sensorTower": {"ios": "21"}}, app=MAPS))["link"]
    assert len(await links(own_gateway)) == 20


async def test_the_links_of_all_apps_of_a_query_are_one_statement(own_gateway: Gateway) -> None:
    for app in (NOTES, MAPS):
        await linked(own_gateway, {"kaon": {"clientKey": str(app)}}, app=app)
    answer = await own_gateway.ask("{ clients { nodes { apps { nodes { name links { key } } } } } }", token=BOTH)
    found = {app["name"]: app["links"] for client in answer.data["clients"]["nodes"] for app in client["apps"]["nodes"]}
    assert found == {"Maps": [{"key": str(MAPS)}], "Notes": [{"key": str(NOTES)}], "Silent": [], "Trek": []}
    assert answer.statements == ["clients_page", "apps_of_clients", "links_of_apps"]


# ---------------------------------------------------------------- by id, and away
async def test_a_link_is_had_by_its_id_until_it_is_taken_away(own_gateway: Gateway) -> None:
    link = (await linked(own_gateway, {"koreAi": {"streamId": STREAM}}))["link"]["id"]
    node = "query($id: ID!) { node(id: $id) { ... on AppLink { id key } } }"
    assert (await own_gateway.ask(node, id=link)).data["node"] == {"id": link, "key": STREAM}
    assert (await own_gateway.ask(node, id=link, token=STRANGER)).data["node"] is None

    gone = (await own_gateway.ask(UNLINK, token=ADMIN, link=link)).data["appUnlink"]

    assert gone == {"app": {"name": "Notes", "links": []}, "userErrors": []}
    assert (await own_gateway.ask(node, id=link)).data["node"] is None
    again = (await own_gateway.ask(UNLINK, token=ADMIN, link=link)).data["appUnlink"]
    assert again == {"app": None, "userErrors": [{"field": ["input", "link"], "code": "NOT_FOUND"}]}


@pytest.mark.parametrize("named", ["nothing", str(NOTES), encode(GlobalId("App", NORDLYS, (NOTES,)))])
async def test_what_is_no_link_is_not_found(gateway: Gateway, named: str) -> None:
    answer = await gateway.ask(UNLINK, token=ADMIN, link=named)
    assert answer.data["appUnlink"]["userErrors"] == [{"field": ["input", "link"], "code": "NOT_FOUND"}]


# ---------------------------------------------------------------- tenants
async def test_two_clients_link_the_same_object_and_neither_sees_the_others(own_gateway: Gateway) -> None:
    to = {"sensorTower": {"ios": "1500000001"}}
    ours = (await linked(own_gateway, to))["link"]["id"]
    theirs = (await linked(own_gateway, to, token=STRANGER, app=TREK))["link"]["id"]

    assert [link["id"] for link in await links(own_gateway)] == [ours]
    assert [link["id"] for link in await links(own_gateway, TREK, HIMAL, STRANGER)] == [theirs]
    assert refusal(await linked(own_gateway, to, token=STRANGER, app=NOTES))["code"] == "NOT_FOUND"
    for forged in (ours, encode(GlobalId("AppLink", HIMAL, (parse(ours).key[0],)))):  # type: ignore[union-attr]
        answer = await own_gateway.ask(UNLINK, token=STRANGER, link=forged)
        assert [error["code"] for error in answer.data["appUnlink"]["userErrors"]] == ["NOT_FOUND"]
    assert [link["id"] for link in await links(own_gateway)] == [ours]


async def test_a_deleted_app_and_a_deleted_client_leave_no_link_behind(own_gateway: Gateway, cluster: Cluster) -> None:
    for app in (NOTES, MAPS):
        await linked(own_gateway, {"kaon": {"clientKey": "acme"}}, app=app)
    await linked(own_gateway, {"kaon": {"clientKey": "acme"}}, token=STRANGER, app=TREK)
    settings, urls = own_gateway.settings, own_gateway.urls
    async with Database(settings, urls.reading, urls.writing) as db, plainly(cluster, urls) as superuser:
        await delete_app(db, AppKey(NORDLYS, NOTES), NOON)
        assert (await rows_of_client(superuser, NORDLYS))["app_link"] == 1
        await delete_client(db, NORDLYS, NOON)
        assert await rows_of_client(superuser, NORDLYS) == {}
        assert (await rows_of_client(superuser, HIMAL))["app_link"] == 1
