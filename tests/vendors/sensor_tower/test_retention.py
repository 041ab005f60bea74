"""How users of a store's app come back, and who they are, asked through the graph (contract 8)."""

from dataclasses import replace
from typing import Any

import pytest

from parallax.sandbox.products import PRODUCTS, Quirk
from parallax.sandbox.server import Sandbox
from tests.gateways import Gateway
from tests.seeds import NORDLYS
from tests.vendors.asking import missing

RETENTION, DEMOGRAPHICS = "/v1/{}/usage/retention", "/v1/{}/usage/demographics"
IOS, ANDROID = "1500000001", "com.acme.notes"
CURVE = (
    "start end country rates baseline "
    "source { system label reference isEstimate userBasis confidence confidenceScore isStale settledUntil }"
)
PEOPLE = "start end femaleShare maleShare averageAge bands { gender ages share baselineShare } source { userBasis reference }"
YEAR = 'period: {start: "2025-01-01", end: "2025-12-31"}'
SMALL = next(each for each in PRODUCTS if Quirk.BELOW_MINIMUM in each.quirks and each.ios and each.users)
SEVERAL = next(each for each in PRODUCTS if len(each.ios) == 3 and Quirk.BELOW_MINIMUM not in each.quirks)


def edition(shown: str, **key: str) -> str:
    [(store, id)] = key.items()
    return (
        f'{{ client(id: "{NORDLYS}") {{ market {{ app(key: {{{store}: "{id}"}}) '
        f"{{ editions(store: {store.upper()}) {{ key {shown} }} }} }} }} }}"
    )


def shown(answer: Any) -> Any:
    return answer.body["data"]["client"]["market"]["app"]["editions"]


def calls(vendors: Sandbox, part: str) -> list[dict[str, list[str]]]:
    return [call.parameters for call in vendors.sensor_tower.calls if part in call.path]


# ---------------------------------------------------------------- retention
async def test_without_a_period_it_is_that_of_all_time(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    answer = await vendor_gateway.ask(edition(f"retention {{ {CURVE} }}", ios=IOS))
    [curve] = answer.data["client"]["market"]["app"]["editions"][0]["retention"]
    assert (curve["start"], curve["end"], curve["country"]) == ("2015-08-01", None, "WW")
    assert len(curve["rates"]) == len(curve["baseline"]) == 90
    assert all(0 < rate < 1 for rate in curve["rates"] + curve["baseline"])
    source = curve["source"]
    assert source["reference"] == "/v1/ios/usage/retention"
    assert (source["system"], source["label"], source["userBasis"]) == ("SENSOR_TOWER", "Sensor Tower", "DEVICE")
    assert (source["isEstimate"], source["isStale"], source["settledUntil"]) == (True, False, None)
    score = source["confidenceScore"]
    assert source["confidence"] == ("LOW" if score <= 3 else "MEDIUM" if score <= 6 else "HIGH")
    [call] = calls(vendors, "retention")
    assert call == {"app_ids": [IOS], "date_granularity": ["all_time"], "start_date": ["2015-10-01"]}


async def test_it_is_told_quarter_by_quarter(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    period = 'period: {start: "2025-05-10", end: "2026-03-11"}'
    answer = await vendor_gateway.ask(edition(f"retention({period}) {{ start end }}", android=ANDROID))
    assert shown(answer)[0]["retention"] == [
        {"start": "2025-04-01", "end": "2025-06-30"},
        {"start": "2025-07-01", "end": "2025-09-30"},
        {"start": "2025-10-01", "end": "2025-12-31"},
    ]
    assert missing(answer.body) == [
        ("SENSOR_TOWER", None, "1 of 4 buckets are not over, and it tells of whole ones alone.")
    ]
    [call] = calls(vendors, "retention")
    assert (call["start_date"], call["end_date"]) == (["2025-04-01"], ["2025-12-31"])
    assert "country" not in call


@pytest.mark.parametrize("wrapped", [False, True])
async def test_a_place_is_a_country_or_a_region(vendor_gateway: Gateway, vendors: Sandbox, wrapped: bool) -> None:
    vendors.sensor_tower.switches = replace(vendors.sensor_tower.switches, list_wrapped=wrapped)
    places = " ".join(
        f'{name}: retention({YEAR}, country: "{place}") {{ country start }}'
        for name, place in (("no", "no"), ("asia", "SE_ASIA"), ("world", "WW"))
    )
    answer = await vendor_gateway.ask(edition(places, ios=IOS))
    [told] = answer.data["client"]["market"]["app"]["editions"]
    for name, place in (("no", "NO"), ("asia", "SE_ASIA"), ("world", "WW")):
        assert [curve["country"] for curve in told[name]] == [place] * 4
    assert sorted(call.get("country", [""])[0] for call in calls(vendors, "retention")) == ["", "NO", "SE_ASIA"]


async def test_editions_and_their_quarters_are_one_call_to_a_store(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    text = edition(f"retention({YEAR}) {{ start }} demographics({YEAR}) {{ start }}", ios=str(SEVERAL.ios[0]))
    answer = await vendor_gateway.ask(text)
    assert [each["key"] for each in shown(answer)] == [str(key) for key in SEVERAL.ios]
    assert all(len(each["retention"]) == len(each["demographics"]) == 4 for each in shown(answer))
    [curves], [people] = calls(vendors, "retention"), calls(vendors, "demographics")
    assert curves["app_ids"] == people["app_ids"] == [",".join(sorted(map(str, SEVERAL.ios)))]
    vendors.sensor_tower.calls.clear()
    assert shown(await vendor_gateway.ask(text)) == shown(answer)
    assert vendors.sensor_tower.calls == []


@pytest.mark.parametrize("field", ["retention { start }", f"demographics({YEAR}) {{ start }}"])
async def test_of_an_app_that_few_use_there_is_nothing_and_it_is_said_why(vendor_gateway: Gateway, field: str) -> None:
    answer = await vendor_gateway.ask(edition(f"name {field}", ios=str(SMALL.ios[0])))
    [told] = answer.data["client"]["market"]["app"]["editions"]
    assert told == {"key": str(SMALL.ios[0]), "name": SMALL.name, field.partition("(")[0].split()[0]: None}
    assert missing(answer.body) == [
        ("SENSOR_TOWER", None, "The app is below the minimum of users from which on Sensor Tower estimates.")
    ]


async def test_of_a_country_without_data_there_is_nothing(vendor_gateway: Gateway) -> None:
    answer = await vendor_gateway.ask(edition(f'retention({YEAR}, country: "JP") {{ start }}', ios=IOS))
    assert shown(answer)[0]["retention"] is None
    assert missing(answer.body) == [("SENSOR_TOWER", None, "It has nothing of 4 of 4 buckets.")]


async def test_quarters_before_the_first_are_left_out_and_told(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    period = 'period: {start: "2020-07-01", end: "2021-06-30"}'
    answer = await vendor_gateway.ask(edition(f'retention({period}, country: "NO") {{ start }}', ios=IOS))
    assert [each["start"] for each in shown(answer)[0]["retention"]] == ["2021-01-01", "2021-04-01"]
    [(_, _, reason)] = missing(answer.body)
    assert reason == "2 of 4 buckets begin before 2021-01-01, the first day that it tells of."
    assert calls(vendors, "retention")[0]["start_date"] == ["2021-01-01"]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ('country: "XX"', "country: there is no country 'XX'. Allowed: ISO 3166"),
        ('period: {start: "2014-01-01", end: "2015-09-30"}', "Allowed: days from 2015-10-01 to 2026-03-11."),
        (
            'country: "US", period: {start: "2020-01-01", end: "2020-12-31"}',
            "period: holds no quarter that Sensor Tower tells of. Allowed: days from 2021-01-01 to 2026-03-11.",
        ),
        ('period: {start: "2026-04-01", end: "2026-06-30"}', "Allowed: days from 2015-10-01"),
        ('period: {last: "soon"}', "period.last:"),
    ],
)
@pytest.mark.parametrize("field", ["retention", "demographics"])
async def test_a_bad_place_or_period_is_refused_before_a_call(
    vendor_gateway: Gateway, vendors: Sandbox, field: str, arguments: str, problem: str
) -> None:
    """Y1, T6."""
    answer = await vendor_gateway.ask(edition(f"{field}({arguments}) {{ start }}", ios=IOS))
    error = answer.error
    assert error["extensions"]["code"] == "INVALID_PARAMETER"
    assert problem in error["message"]
    assert calls(vendors, "usage") == []


# ---------------------------------------------------------------- demographics
@pytest.mark.parametrize("grouped", [False, True])
async def test_people_are_told_by_gender_and_age(vendor_gateway: Gateway, vendors: Sandbox, grouped: bool) -> None:
    vendors.sensor_tower.switches = replace(vendors.sensor_tower.switches, grouped_demographics=grouped)
    answer = await vendor_gateway.ask(edition(f"demographics({YEAR}) {{ {PEOPLE} }}", android=ANDROID))
    people = answer.data["client"]["market"]["app"]["editions"][0]["demographics"]
    assert [each["start"] for each in people] == ["2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01"]
    first = people[0]
    assert first["end"] == "2025-03-31"
    bands = [(band["gender"], band["ages"]) for band in first["bands"]]
    ages = ["0-17", "18-24", "25-34", "35-44", "45-54", "55+"]
    assert bands == [(gender, age) for gender in ("female", "male") for age in ages]
    shares = {(band["gender"], band["ages"]): band["share"] for band in first["bands"]}
    assert shares["female", "0-17"] is shares["male", "0-17"] is None
    assert sum(share for share in shares.values() if share is not None) == pytest.approx(1)
    assert first["femaleShare"] + first["maleShare"] == pytest.approx(1)
    assert 18 < first["averageAge"] < 65
    assert all(band["baselineShare"] is not None for band in first["bands"])
    assert (first["source"]["userBasis"], first["source"]["reference"]) == (
        "PERSON",
        "/v1/android/usage/demographics",
    )


async def test_people_of_all_time_are_told_at_once(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    answer = await vendor_gateway.ask(edition("demographics { start end country }", ios=IOS))
    assert shown(answer)[0]["demographics"] == [{"start": "2015-08-01", "end": None, "country": "WW"}]
    assert calls(vendors, "demographics")[0]["date_granularity"] == ["all_time"]


async def test_a_country_that_the_vendor_lacks_is_refused_in_its_words(vendor_gateway: Gateway) -> None:
    answer = await vendor_gateway.ask(edition('retention(country: "AQ") { start } demographics { start }', ios=IOS))
    [told] = shown(answer)
    assert told["retention"] is None
    assert len(told["demographics"]) == 1
    assert answer.error["extensions"]["code"] == "SOURCE_REJECTED"
    assert "Invalid value for parameter: country" in answer.error["message"]
