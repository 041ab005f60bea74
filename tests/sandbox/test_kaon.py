"""What Kaon's fake says and refuses (contract sections 2 to 4)."""

from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from parallax.sandbox.products import OF_APP, PRODUCTS
from parallax.sandbox.server import Sandbox
from tests.sandbox.asking import Asking, lacking, shape_of
from tests.sandbox.samples import KAON

NOW_WEEK = 740  # of Wednesday, 11 March 2026


def switched(sandbox: Sandbox, **switches: Any) -> None:
    sandbox.kaon.switches = replace(sandbox.kaon.switches, **switches)


@pytest.mark.parametrize("name", KAON)
async def test_an_endpoint_answers_in_the_shape_of_its_sample(asking: Asking, name: str) -> None:
    asked, sample = KAON[name]
    answer = await asking.kaon(name, **asked)
    assert answer.status_code == 200
    assert lacking(shape_of(sample), shape_of(answer.json())) == []
    assert answer.json()["client"] == "acme-demo"
    if "week" in asked:
        assert (answer.json()["week"], answer.json()["weekname"]) == (731, "1/4/2026")


async def test_weeks_are_full_ones_from_417_on_and_ascend(asking: Asking) -> None:
    weeks = (await asking.kaon("weeks")).json()["weeks"]
    assert [week["week"] for week in weeks] == list(range(417, NOW_WEEK))
    assert weeks[0]["weekname"] == "12/29/2019"
    unused = next(product for product in PRODUCTS if not product.users)
    assert (await asking.kaon("weeks", client=unused.kaon)).json()["weeks"] == []


@pytest.mark.parametrize("name", ["engagement", "uid", "country", "language", "hits"])
async def test_without_a_week_it_is_the_running_one_and_none_is_known_of_the_future(asking: Asking, name: str) -> None:
    assert (await asking.kaon(name)).json()["week"] == NOW_WEEK
    for week in (NOW_WEEK + 1, -1, "x", "731.5", 10**20):
        failed = await asking.kaon(name, week=week)
        assert (failed.status_code, failed.content) == (404, b"")


async def test_only_hits_know_weeks_before_417(asking: Asking) -> None:
    assert (await asking.kaon("hits", week=400)).json()["hits"]
    assert (await asking.kaon("hits", week=380)).status_code == 404, "before the application's first live day"
    assert (await asking.kaon("engagement", week=416)).status_code == 404


async def test_the_running_week_fills_up(asking: Asking) -> None:
    ledger = next(product for product in OF_APP.values() if product.name == "Ledger")
    counts = []
    for week in (NOW_WEEK - 1, NOW_WEEK):
        body = (await asking.kaon("engagement", client=ledger.kaon, week=week)).json()
        counts.append(sum(bucket["count"] for bucket in body["engagements"]))
    assert 0 < counts[1] < counts[0]


async def test_uids_are_eighteen_long_unique_and_in_part_the_same_next_week(asking: Asking, vendors: Sandbox) -> None:
    seen = []
    for week in (730, 731):
        text = (await asking.kaon("uid", week=week)).json()["uids"]
        assert len(text) % 18 == 0
        uids = [text[at : at + 18] for at in range(0, len(text), 18)]
        assert len(set(uids)) == len(uids)
        assert all(uid.startswith("0x") and int(uid, 16) >= 0 for uid in uids)
        seen.append(set(uids))
    assert seen[0] & seen[1]
    assert seen[0] - seen[1]
    switched(vendors, cut_uids=True)
    assert len((await asking.kaon("uid", week=731)).json()["uids"]) % 18


async def test_countries_of_hits_do_not_add_up(asking: Asking) -> None:
    hits = (await asking.kaon("hits", path="home", detail="country")).json()["hits"]
    assert len(hits) > 300
    assert all(sum(hit["countries"].values()) != hit["count"] for hit in hits)


async def test_hits_are_of_a_path_a_week_or_both(asking: Asking) -> None:
    week = (await asking.kaon("hits", week=731)).json()
    assert len({hit["path"] for hit in week["hits"]}) == len(week["hits"]) > 5
    assert {hit["week"] for hit in week["hits"]} == {731}
    assert any(unquote(hit["path"]) == "products/50% off" for hit in week["hits"])
    for hit in week["hits"]:
        both = (await asking.kaon("hits", week=731, path=hit["path"])).json()
        assert both["hits"] == [hit]
    every = (await asking.kaon("hits", path="home")).json()
    assert "week" not in every
    assert [hit["week"] for hit in every["hits"]] == sorted({hit["week"] for hit in every["hits"]})
    assert (await asking.kaon("hits", path="products/pump a/overview")).status_code == 404, "not as it was returned"


async def test_languages_have_codes_of_their_own_and_counts_may_come_as_maps(asking: Asking, vendors: Sandbox) -> None:
    listed = (await asking.kaon("language", week=731)).json()["languages"]
    assert {"ca", "bz", "gb", "zt"} <= {each["language"] for each in listed}
    switched(vendors, maps=True)
    body = (await asking.kaon("language", week=731)).json()
    assert body["languages"] == {each["language"]: each["count"] for each in listed}
    assert isinstance((await asking.kaon("country", week=731)).json()["countries"], dict)


async def test_a_page_repeats_the_second_it_starts_with(asking: Asking) -> None:
    first = (await asking.kaon("externalid", id="crm-5521")).json()["hits"]
    assert len(first) == 25, "a small page"
    times = [record["timestamp"] for record in first]
    assert times == sorted(times)
    assert len(set(times)) < len(times)
    second = (await asking.kaon("externalid", id="crm-5521", start=times[-1])).json()["hits"]
    assert second[0]["timestamp"] == times[-1]
    everything, start = list(first), times[-1]
    while True:
        page = (await asking.kaon("externalid", id="crm-5521", start=start)).json()["hits"]
        if page[-1]["timestamp"] == start:
            break
        everything, start = [each for each in everything if each["timestamp"] < start] + page, page[-1]["timestamp"]
    whole = (await asking.kaon("externalid", id="crm-5521", limit=1000)).json()["hits"]
    assert everything == whole


async def test_a_second_may_be_longer_than_a_page(asking: Asking) -> None:
    whole = (await asking.kaon("externalid", id="crm-5599", limit=1000)).json()["hits"]
    most = max((record["timestamp"] for record in whole), key=[record["timestamp"] for record in whole].count)
    page = (await asking.kaon("externalid", id="crm-5599", start=most)).json()["hits"]
    assert {record["timestamp"] for record in page} == {most}


async def test_a_stranger_has_no_records(asking: Asking) -> None:
    assert (await asking.kaon("externalid", id="someone")).json() == {
        "client": "acme-demo",
        "id": "someone",
        "hits": [],
    }


async def test_a_key_that_is_wrong_or_not_for_the_client_is_403(
    asking: Asking, http: httpx.AsyncClient, vendors: Sandbox
) -> None:
    url = f"{vendors.kaon.url}/api/weeks"
    answers = [
        await http.get(url, params={"client": "acme-demo"}),
        await http.get(url, params={"client": "acme-demo", "apikey": "nobody"}),
        await asking.kaon("weeks", "expired"),
        await asking.kaon("weeks", "narrow", client=PRODUCTS[1].kaon),
    ]
    assert [(answer.status_code, answer.content) for answer in answers] == [(403, b"")] * 4
    assert (
        (await asking.kaon("weeks", "narrow")).status_code == (await asking.kaon("weeks", "second")).status_code == 200
    )


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("nothing", {}), ("weeks", {"client": "unknown"}), ("weeks", {"week": 731}), ("hits", {"path": "unknown"}),
        ("hits", {"detail": "country"}), ("hits", {"path": "home", "detail": "language"}), ("externalid", {}),
        ("externalid", {"id": "crm-1", "limit": 0}), ("externalid", {"id": "crm-1", "start": "yesterday"}),
        ("uid", {"colour": 1}),
    ],
)  # fmt: skip
async def test_what_it_does_not_know_is_404_without_a_body(asking: Asking, name: str, asked: dict[str, Any]) -> None:
    failed = await asking.kaon(name, **asked)
    assert (failed.status_code, failed.content) == (404, b"")


async def test_a_limit_that_is_too_high_is_too_much_for_its_database(asking: Asking) -> None:
    assert (await asking.kaon("externalid", id="crm-5521", limit=5001)).status_code == 500


async def test_it_only_reads(http: httpx.AsyncClient, vendors: Sandbox) -> None:
    key = vendors.kaon.accounts["first"].api_key
    assert (
        await http.post(f"{vendors.kaon.url}/api/weeks", params={"apikey": key, "client": "acme-demo"})
    ).status_code == 404


async def test_an_answer_may_be_another_clients_where_that_is_set(asking: Asking, vendors: Sandbox) -> None:
    switched(vendors, other_client=True)
    assert (await asking.kaon("weeks")).json()["client"] != "acme-demo"
