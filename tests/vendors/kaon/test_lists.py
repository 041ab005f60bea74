"""Kaon's lists: weeks, lengths of engagements, devices, items. And what leads back to them."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from pydantic import SecretStr

from parallax.errors import SetupError
from parallax.ids import GlobalId, canonical, encode, parse
from parallax.sandbox import kaon_data
from parallax.sandbox.accounts import KAON
from parallax.sandbox.faults import Fault, Kind
from parallax.sandbox.server import Sandbox
from parallax.server import app
from parallax.settings import Settings
from parallax.vendors.kaon import sunday_of
from parallax.vendors.kaon_names import ENDPOINTS, MEMBERS
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.gateways import Gateway, running
from tests.seeds import ADMIN, EDITOR, HIMAL, MAPS, STRANGER, TREK, VIEWER
from tests.vendors.asking import connected, linked, missing, of_app
from tests.vendors.kaon.conftest import APP, OTHER, TO, error, kaon, weeks_asked
from tests.vendors.kaon.test_series import RUNNING, THREE, WEEKS, days, hits, uids


# ---------------------------------------------------------------- weeks
async def test_weeks_with_full_data_are_listed(hosted: Gateway, vendors: Sandbox) -> None:
    found = (await kaon(hosted, "clientKey weeks { number label start end }"))["weeks"]
    assert [week["number"] for week in found] == list(range(417, RUNNING))
    assert found[0] == {"number": 417, "label": "12/29/2019", "start": "2019-12-29", "end": "2020-01-04"}
    [call] = vendors.kaon.calls
    assert (call.path, call.parameters) == ("/api/weeks", {"client": [APP.kaon]})


# ---------------------------------------------------------------- durations
async def test_engagements_are_listed_by_their_length(hosted: Gateway, vendors: Sandbox) -> None:
    """A week is named by any of its days; lengths that nobody had are 0."""
    shown = "code label fromSeconds toSeconds count"
    found = await kaon(hosted, f'durations(week: "2026-03-04") {{ {shown} }} running: durations {{ count }}')
    told = kaon_data.durations(APP, RUNNING - 1, *days(RUNNING - 1))
    assert [bucket["count"] for bucket in found["durations"]] == list(told.values())
    assert [bucket["code"] for bucket in found["durations"]] == list(range(8))
    assert found["durations"][2] | {"count": 0} == {
        "code": 2, "label": "2 to 5 min", "fromSeconds": 120, "toSeconds": 300, "count": 0
    }  # fmt: skip
    assert found["durations"][7]["toSeconds"] is None
    assert len(found["running"]) == 8
    assert weeks_asked(vendors, "/api/engagement") == [str(RUNNING - 1), str(RUNNING)]


async def test_the_series_and_the_lengths_of_a_week_are_one_call(hosted: Gateway, vendors: Sandbox) -> None:
    found = await kaon(hosted, 'durations { count } engagements(period: {last: "1d"}) { values }')
    assert found["engagements"]["values"] == [sum(bucket["count"] for bucket in found["durations"])]
    assert len(vendors.kaon.calls) == 1


async def test_lengths_that_are_not_known_are_called_by_their_number(
    cluster: Cluster, settings: Settings, template: str, vendors: Sandbox, tmp_path: Path
) -> None:
    """They are never dropped. What is known a file may say."""
    names = tmp_path / "names.json"
    names.write_bytes(
        orjson.dumps({"buckets": [{"code": 5, "label": "long", "from": 60}, {"code": 9, "label": "never"}]})
    )
    async with (
        cloned(cluster, settings, template) as urls,
        running(connected(settings, vendors, kaon_names=names), urls) as gateway,
    ):
        await linked(gateway, TO)
        found = await kaon(gateway, "durations { code label fromSeconds toSeconds count }")
    told = kaon_data.durations(APP, RUNNING, *days(RUNNING))
    assert [(bucket["code"], bucket["label"]) for bucket in found["durations"]] == [
        (5, "long"),
        (9, "never"),
        *((code, f"bucket {code}") for code in (0, 1, 2, 3, 4, 6, 7)),
    ]
    assert [bucket["count"] for bucket in found["durations"]] == [told[5], 0, *(told[n] for n in (0, 1, 2, 3, 4, 6, 7))]
    assert found["durations"][2]["fromSeconds"] is None


async def test_other_words_for_everything_are_a_file(
    cluster: Cluster, settings: Settings, template: str, vendors: Sandbox, tmp_path: Path
) -> None:
    """The sandbox speaks by the same table."""
    names, clicks = tmp_path / "names.json", 'clickstream(externalId: "crm-5521", first: 2) { nodes { name at } }'
    shown = f"weeks {{ number }} durations {{ count }} items {{ path count }} {OBJECTS} {clicks}"
    words = {
        "endpoints": {name: f"{name}-v2" for name in ENDPOINTS},
        "members": {name: f"x-{name}" for name in MEMBERS},
    }
    names.write_bytes(orjson.dumps(words))
    found = []
    for told in (None, names):
        vendors.kaon.switches = replace(vendors.kaon.switches, names=str(told) if told else None)
        async with (
            cloned(cluster, settings, template) as urls,
            running(connected(settings, vendors, kaon_names=told), urls) as gateway,
        ):
            await linked(gateway, TO)
            found.append(await kaon(gateway, shown))
    assert found[0] == found[1]
    assert {call.path for call in vendors.kaon.calls} >= {f"/api/{name}-v2" for name in ENDPOINTS if name != "language"}


async def test_a_gateway_with_names_that_cannot_be_used_does_not_start(
    cluster: Cluster, settings: Settings, template: str, tmp_path: Path
) -> None:
    (tmp_path / "names.json").write_text('{"endpoints": {"uids": "devices"}}')
    async with cloned(cluster, settings, template) as urls:
        with pytest.raises(SetupError, match="PARALLAX_KAON_NAMES cannot be used: endpoints has uids"):
            app(settings.model_copy(update={"kaon_names": tmp_path / "names.json"}), urls)


# ---------------------------------------------------------------- devices
async def test_devices_are_counted_by_the_weeks_in_which_they_came(hosted: Gateway, vendors: Sandbox) -> None:
    found = await kaon(hosted, f"deviceFrequency({THREE}) {{ weeks devices }} deviceCount({THREE}) {{ total }}")
    often = Counter(Counter(uid for week in WEEKS for uid in uids(week)).values())
    assert found["deviceFrequency"] == [{"weeks": times, "devices": often[times]} for times in (1, 2, 3)]
    assert sum(bar["devices"] for bar in found["deviceFrequency"]) == found["deviceCount"]["total"]
    assert len(vendors.kaon.calls) == 3


async def test_devices_are_paged_by_their_uid(hosted: Gateway, vendors: Sandbox) -> None:
    """Z2: nothing is repeated or left out. However many pages, a week is one call."""
    everyone, after, pages = list[dict[str, Any]](), "null", 0
    while after:
        shown = (
            "totalCount nodes { uid weeks } edges { node { uid } } pageInfo { hasNextPage hasPreviousPage endCursor }"
        )
        page = (await kaon(hosted, f"devices({THREE}, first: 100, after: {after}) {{ {shown} }}"))["devices"]
        everyone += page["nodes"]
        assert page["totalCount"] == len(set().union(*map(uids, WEEKS)))
        assert [edge["node"]["uid"] for edge in page["edges"]] == [node["uid"] for node in page["nodes"]]
        assert page["pageInfo"]["hasPreviousPage"] == (pages > 0)
        after = f'"{page["pageInfo"]["endCursor"]}"' if page["pageInfo"]["hasNextPage"] else ""
        pages += 1
    assert pages > 2
    assert [device["uid"] for device in everyone] == sorted(set().union(*map(uids, WEEKS)))
    for device in everyone:
        assert device["weeks"] == [sunday_of(week).isoformat() for week in WEEKS if device["uid"] in uids(week)]
    assert len(vendors.kaon.calls) == 3


async def test_a_cursor_of_other_weeks_is_refused(hosted: Gateway) -> None:
    page = await kaon(hosted, f"devices({THREE}, first: 1) {{ pageInfo {{ endCursor }} }}")
    after = page["devices"]["pageInfo"]["endCursor"]
    refused = error(await hosted.ask(of_app(f'kaon {{ devices(after: "{after}") {{ totalCount }} }}')), "devices")
    assert refused["code"] == "INVALID_PARAMETER"


async def test_a_missing_week_of_devices_is_told_of(hosted: Gateway, vendors: Sandbox) -> None:
    vendors.kaon.faults(Fault(Kind.STATUS, query=f"week={RUNNING - 1}", status=500))
    answer = await hosted.ask(
        of_app(f"kaon {{ deviceFrequency({THREE}) {{ weeks devices }} devices({THREE}) {{ totalCount }} }}")
    )
    found = answer.data["client"]["app"]["kaon"]
    assert found["devices"]["totalCount"] == len(uids(RUNNING - 2) | uids(RUNNING))
    assert [bar["weeks"] for bar in found["deviceFrequency"]] == [1, 2]
    assert [code for _, code, _ in missing(answer.body)] == ["SOURCE_UNAVAILABLE"] * 2


# ---------------------------------------------------------------- items
async def test_items_are_listed_by_their_hits(hosted: Gateway, vendors: Sandbox) -> None:
    found = await kaon(hosted, 'items(week: "2026-03-01", first: 3) { path name count } all: items { path }')
    counts = sorted((-hits(RUNNING - 1, item), quote(item), item) for item in kaon_data.ITEMS)
    assert found["items"] == [{"path": path, "name": item, "count": -count} for count, path, item in counts[:3]]
    assert len(found["all"]) == len(kaon_data.ITEMS)
    assert [call.parameters for call in vendors.kaon.calls if call.path == "/api/hits"]


async def test_items_of_weeks_before_full_data_are_there(hosted: Gateway) -> None:
    assert (await kaon(hosted, 'items(week: "2019-06-01") { count }'))["items"]


@pytest.mark.parametrize(
    ("field", "argument", "words"),
    [
        ('durations(week: "2019-12-28")', "week", "2019-12-29 to 2026-03-14"),
        ('durations(week: "2026-03-15")', "week", "2019-12-29 to 2026-03-14"),
        ('items(week: "2011-12-31")', "week", "2012-01-01 to 2026-03-14"),
        ("items(first: 0)", "first", "from 1 to 1000"),
        ("items(first: 1001)", "first", "from 1 to 1000"),
        ("devices(first: 1001)", "first", "from 1 to 1000"),
        ('devices(period: {last: "120w"})', "period", "at most 106 weeks"),
        ('deviceFrequency(period: {last: "120w"})', "period", "at most 106 weeks"),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_its_name(
    hosted: Gateway, vendors: Sandbox, field: str, argument: str, words: str
) -> None:
    """Y1. Nothing is called for it."""
    refused = error(await hosted.ask(of_app(f"kaon {{ {field} {{ __typename }} }}")), field.partition("(")[0])
    assert (refused["code"], list(refused["details"])) == ("INVALID_PARAMETER", [argument])
    assert words in refused["message"]
    assert vendors.kaon.calls == []


async def test_a_week_that_the_app_did_not_have_yet_is_told_of(hosted: Gateway) -> None:
    await linked(hosted, {"kaon": {"clientKey": "nordwindlogistik-dispatch"}}, MAPS)
    answer = await hosted.ask(of_app('kaon { durations(week: "2020-01-01") { count } }', MAPS))
    assert answer.error["extensions"]["code"] == "SOURCE_REJECTED"
    assert "`weeks` lists the weeks that it has" in answer.error["message"]


# ---------------------------------------------------------------- whose key
@pytest.mark.parametrize(("account", "key"), [("expired", APP.kaon), ("narrow", OTHER.kaon)])
async def test_a_key_that_is_not_for_the_client_is_told_of(
    cluster: Cluster, settings: Settings, template: str, vendors: Sandbox, account: str, key: str
) -> None:
    [of] = [each for each in KAON if each.name == account]
    async with (
        cloned(cluster, settings, template) as urls,
        running(connected(settings, vendors, kaon_api_key=SecretStr(of.api_key)), urls) as gateway,
    ):
        await linked(gateway, {"kaon": {"clientKey": key}})
        refused = error(await gateway.ask(of_app("kaon { weeks { number } }")), "weeks")
    assert refused["code"] == "SOURCE_REJECTED"
    assert refused["message"] == "Kaon Insights does not accept the API key for this client key."


async def test_a_link_with_a_key_of_its_own_is_asked_by_it(hosted: Gateway, vendors: Sandbox) -> None:
    """And what it is told is kept by itself: the answers may differ between keys."""
    await linked(hosted, {"kaon": {"clientKey": APP.kaon, "apiKey": KAON[1].api_key}}, MAPS)
    for app_id in (MAPS, MAPS):
        answer = await hosted.ask(of_app("kaon { weeks { number } }", app_id))
        assert answer.data["client"]["app"]["kaon"]["weeks"]
    await kaon(hosted, "weeks { number }")
    assert [call.account for call in vendors.kaon.calls] == ["second", "first"]


async def test_an_answer_for_another_client_is_none(hosted: Gateway, vendors: Sandbox) -> None:
    vendors.kaon.switches = replace(vendors.kaon.switches, other_client=True)
    refused = error(await hosted.ask(of_app("kaon { items { path } }")), "items")
    assert refused["code"] == "SOURCE_UNAVAILABLE"
    assert "something else than it should" in refused["message"]


# ---------------------------------------------------------------- by id
NODES = """query($ids: [ID!]!) { nodes(ids: $ids) {
  __typename id ... on KaonApp { clientKey } ... on KaonDevice { uid weeks } ... on Metric { total values } } }"""
OBJECTS = (
    f"id clientKey engagements({THREE}, breakdown: COUNTRY) {{ id total values }} deviceCount({THREE}) {{ id total values }} "
    f'itemHits(path: "home", {THREE}) {{ id total values }} every: itemHits(path: "home") {{ id total values }} '
    f"devices({THREE}, first: 2) {{ nodes {{ id uid weeks }} }}"
)


async def test_everything_is_had_by_its_id(hosted: Gateway, vendors: Sandbox) -> None:
    found = await kaon(hosted, OBJECTS)
    series = [found[name] for name in ("engagements", "deviceCount", "itemHits", "every")]
    calls = len(vendors.kaon.calls)

    ids = [found["id"], *(each["id"] for each in (*series, *found["devices"]["nodes"]))]
    nodes = (await hosted.ask(NODES, ids=ids)).data["nodes"]

    assert nodes == [
        {"__typename": "KaonApp", "id": found["id"], "clientKey": APP.kaon},
        *({"__typename": "Metric", **each} for each in series),
        *({"__typename": "KaonDevice", **each} for each in found["devices"]["nodes"]),
    ]
    assert len(vendors.kaon.calls) == calls
    assert (await hosted.ask(NODES, ids=ids, token=STRANGER)).data["nodes"] == [None] * len(ids)


def altered(id: str, of: Any = None, **members: Any) -> str:
    found = parse(id)
    assert found is not None
    told = orjson.loads(str(found.key[0])) | members
    return encode(GlobalId(found.type_name, of or found.client, (canonical(told),)))


async def test_an_id_leads_to_nothing_that_is_not_linked(hosted: Gateway, vendors: Sandbox) -> None:
    await linked(hosted, {"kaon": {"clientKey": OTHER.kaon}}, TREK, STRANGER)
    found = await kaon(hosted, OBJECTS)
    ids = [found["id"], found["engagements"]["id"], found["devices"]["nodes"][0]["id"]]
    vendors.kaon.calls.clear()
    forged = [
        made
        for id in ids
        for made in (
            altered(id, client=OTHER.kaon),
            altered(id, app=str(MAPS)),
            altered(id, app="none"),
            altered(id, HIMAL),
            altered(id, more=1),
        )
    ]
    device, metric = ids[2], ids[1]
    forged += [
        altered(device, uid="0x0000000000000000"),
        altered(device, first=-5000, last=-4000),
        altered(device, first=417),
        altered(device, first="no"),
        altered(metric, measure="none"),
        altered(metric, breakdown="none"),
        altered(metric, path="home", period=7),
    ]
    assert (await hosted.ask(NODES, ids=forged, token=ADMIN)).data["nodes"] == [None] * len(forged)
    assert [call for call in vendors.kaon.calls if call.value("client") == OTHER.kaon] == []


async def test_what_is_unlinked_is_gone(hosted: Gateway) -> None:
    found = await kaon(hosted, OBJECTS)
    links = (await hosted.ask(of_app("links { id }"))).data["client"]["app"]["links"]
    unlink = "mutation($id: ID!) { appUnlink(input: {link: $id}) { userErrors { code } } }"
    await hosted.ask(unlink, token=ADMIN, id=links[0]["id"])
    ids = [found["id"], found["engagements"]["id"], found["devices"]["nodes"][0]["id"]]
    assert (await hosted.ask(NODES, ids=ids, token=EDITOR)).data["nodes"] == [None] * 3


async def test_who_only_reads_sees_all_but_the_clickstream(hosted: Gateway) -> None:
    assert (await kaon(hosted, OBJECTS, VIEWER))["clientKey"] == APP.kaon
    assert timedelta(days=7) == sunday_of(1) - sunday_of(0)
