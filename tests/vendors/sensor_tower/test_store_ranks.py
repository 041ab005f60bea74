"""Places in charts: 6.1 and 6.2 of the contract, through the graph."""

from datetime import date

import pytest

from parallax.sandbox.products import Quirk
from parallax.sandbox.sensor_tower.ranks import rank as place
from parallax.sandbox.server import Sandbox
from tests.gateways import Gateway
from tests.sandbox.asking import with_quirk
from tests.seeds import STRANGER
from tests.vendors.asking import missing
from tests.vendors.sensor_tower.stores import ACME, ANDROID, IOS, calls, edition, of_edition, refused

HISTORY, SUMMARY = "/v1/ios/category/category_history", "/v1/ios/category/category_ranking_summary"
FREE = 'category: "6007", chart: "topfreeapplications"'
WEEK = 'period: {start: "2026-03-02", end: "2026-03-08"}'
DAYS = [date(2026, 3, day) for day in range(2, 9)]


def rank(more: str = f'countries: ["NO"], {WEEK}', shown: str = "values", which: str = FREE) -> str:
    return f"rank({which}, {more}) {{ {shown} }}"


async def test_a_rank_is_by_day_and_null_outside_the_chart(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    """As the vendor has it: every day of its series, whatever hour that is marked with."""
    app = with_quirk(Quirk.OUTSIDE_CHARTS)
    key, country, category = str(app.ios[0]), next(iter(app.countries)), str(app.ios_category)
    which = f'category: "{category}", chart: "topfreeapplications"'
    found = (await of_edition(vendor_gateway, rank(f'countries: ["{country}"], {WEEK}', which=which), key=key))["rank"]
    assert found["values"] == [place(app, country, category, "topfreeapplications", day) for day in DAYS]
    assert None in found["values"]
    [call] = calls(vendors)
    assert call.path == HISTORY
    assert {name: call.value(name) for name in call.parameters} == {
        "app_ids": key, "category": category, "chart_type_ids": "topfreeapplications", "countries": country,
        "start_date": "2026-03-02", "end_date": "2026-03-08",
    }  # fmt: skip


async def test_a_rank_says_what_it_is(vendor_gateway: Gateway) -> None:
    shown = """name unit total granularity dimensions { name value } breakdown { dimension }
        source { system label definition reference isEstimate userBasis settledUntil isStale confidence }"""
    found = (await of_edition(vendor_gateway, rank(shown=shown)))["rank"]
    assert (found["name"], found["unit"], found["granularity"]) == ("RANK", "RANK", "DAY")
    assert found["total"] is None
    assert found["breakdown"] is None
    assert found["dimensions"] == [
        {"name": name, "value": value}
        for name, value in [
            ("store", "IOS"), ("category", "6007"), ("chart", "topfreeapplications"), ("country", "NO")
        ]
    ]  # fmt: skip
    assert found["source"] == {
        "system": "SENSOR_TOWER",
        "label": "Sensor Tower",
        "definition": "Place in a chart of a category in the store of a country, by UTC day; 1 is the top, null is outside "
        "the chart.",
        "reference": HISTORY,
        "isEstimate": False,
        "userBasis": None,
        "settledUntil": "2026-03-09",
        "isStale": False,
        "confidence": None,
    }


async def test_the_total_of_one_day_is_that_day(vendor_gateway: Gateway) -> None:
    """Of more there is no sum and no mean of ranks (Y2)."""
    one = 'countries: ["NO"], period: {start: "2026-03-04", end: "2026-03-04"}'
    found = (await of_edition(vendor_gateway, rank(one, "total values")))["rank"]
    assert found["values"] == [found["total"]]
    assert found["total"] is not None


async def test_several_countries_stand_side_by_side(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    shown = "total values breakdown { dimension isOther total values }"
    split = rank(f'countries: ["NO", "us"], {WEEK}, breakdown: COUNTRY', shown)
    found = (await of_edition(vendor_gateway, split))["rank"]
    assert found["values"] == [None] * 7
    assert found["total"] is None
    alone = await of_edition(
        vendor_gateway, " ".join(f'{c}: {rank(f"""countries: ["{c}"], {WEEK}""")}' for c in ("NO", "US"))
    )
    assert [(each["dimension"], each["values"]) for each in found["breakdown"]] == [
        (country, alone[country]["values"]) for country in ("NO", "US")
    ]
    assert len(calls(vendors)) == 1

    answer = await vendor_gateway.ask(edition(rank(f'countries: ["NO", "US"], {WEEK}')))
    assert answer.data["node"]["rank"]["values"] == [None] * 7
    assert missing(answer.body) == [
        ("SENSOR_TOWER", None, "Ranks in several countries are not one rank: ask for breakdown: COUNTRY.")
    ]


async def test_hours_are_told_of_the_app_store_alone(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    two = 'countries: ["NO"], period: {start: "2026-03-10", end: "2026-03-11"}, granularity: HOUR'
    found = (await of_edition(vendor_gateway, rank(two, "data { at value }")))["rank"]["data"]
    assert len(found) == 48
    expected = [
        place(ACME, "NO", "6007", "topfreeapplications", date(2026, 3, 10 + n // 24), n % 24) for n in range(48)
    ]
    begun = 24 + 13  # hours that begin after 12 o'clock of today are to come
    assert [each["value"] for each in found[:begun]] == expected[:begun]
    assert [each["value"] for each in found[begun:]] == [None] * 11
    assert [call.value("is_hourly") for call in calls(vendors)] == ["true"]

    which = 'category: "productivity", chart: "topselling_free"'
    code, message = refused(await vendor_gateway.ask(edition(rank(two, which=which), "android", ANDROID)))
    assert code == "INVALID_PARAMETER"
    assert message == "granularity: HOUR does not fit this question. Allowed: DAY."


async def test_apps_countries_and_charts_of_a_question_are_one_call(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    charts = ("topfreeapplications", "topgrossingapplications")
    aliases = " ".join(
        f'{chart}{country}: {rank(f"""countries: ["{country}"], {WEEK}""", which=f"""category: "6007", chart: "{chart}" """)}'
        for chart in charts
        for country in ("NO", "US", "DE", "GB", "SE")
    )
    found = await of_edition(vendor_gateway, aliases)
    assert len(found) == 10
    [call] = calls(vendors)
    assert call.value("countries") == "DE,GB,NO,SE,US"
    assert call.value("chart_type_ids") == ",".join(charts)
    await of_edition(vendor_gateway, aliases)
    assert len(calls(vendors)) == 1


async def test_a_rank_is_found_again_by_its_id(vendor_gateway: Gateway) -> None:
    """The same question has the same id; nobody else's client answers it."""
    shown = "id values breakdown { dimension values }"
    asked = rank('countries: ["NO", "US"], period: {last: "7d"}, breakdown: COUNTRY', shown)
    found = (await of_edition(vendor_gateway, asked))["rank"]
    text = f'{{ node(id: "{found["id"]}") {{ ... on Metric {{ {shown} }} }} }}'
    assert (await vendor_gateway.ask(text)).data["node"] == found
    assert (await vendor_gateway.ask(text, token=STRANGER)).data["node"] is None
    assert (await of_edition(vendor_gateway, asked))["rank"]["id"] == found["id"]


async def test_todays_ranks_are_of_all_charts(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    shown = "category { key label } chart rank"
    found = await of_edition(
        vendor_gateway, f'NO: currentRanks(country: "no") {{ {shown} }} JP: currentRanks(country: "JP") {{ chart }}'
    )
    first = found["NO"][0]
    assert first["category"] == {"key": "6007", "label": "Productivity"}
    assert first["rank"] == place(ACME, "NO", "6007", first["chart"], date(2026, 3, 11))
    assert {each["rank"] for each in found["NO"] if "paid" in each["chart"]} == {None}
    assert found["JP"] == []  # it is not sold there
    asked = {(call.path, call.value("app_id"), call.value("country")) for call in calls(vendors)}
    assert asked == {(SUMMARY, IOS, "NO"), (SUMMARY, IOS, "JP")}
    android = await of_edition(vendor_gateway, f'currentRanks(country: "NO") {{ {shown} }}', "android", ANDROID)
    assert android["currentRanks"][0]["category"] == {"key": "productivity", "label": "Productivity"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            f'{FREE}, countries: ["NO"], granularity: WEEK',
            "granularity: WEEK does not fit this question. Allowed: HOUR, DAY.",
        ),
        (f'{FREE}, countries: ["NO"], granularity: QUARTER', "granularity: QUARTER does not fit this question."),
        (
            f'{FREE}, countries: ["NO"], breakdown: DEVICE',
            "breakdown: DEVICE is none that these data have. Allowed: COUNTRY.",
        ),
        (f"{FREE}, countries: []", "countries: is empty: name at least one country."),
        (f'{FREE}, countries: ["WW"]', "countries: must be one country: this is not told worldwide."),
        (f'{FREE}, countries: ["XX"]', "countries: there is no country 'XX'."),
        ('category: "productivity", chart: "topfreeapplications", countries: ["NO"]', "category: there is no category"),
        ('category: "6007", chart: "free", countries: ["NO"]', "chart: there is no chart 'free'. Allowed: topfreeapp"),
        (
            f'{FREE}, countries: ["NO"], period: {{start: "2026-03-12", end: "2026-03-14"}}',
            "period: begins after 2026-03-11, the last day that is told.",
        ),
        (f'{FREE}, countries: ["NO"], period: {{last: "soon"}}', "period.last: is no span"),
    ],
)
async def test_what_no_chart_has_is_refused(vendor_gateway: Gateway, vendors: Sandbox, given: str, says: str) -> None:
    code, message = refused(await vendor_gateway.ask(edition(f"rank({given}) {{ values }}")))
    assert code == "INVALID_PARAMETER"
    assert message.startswith(says), message
    assert calls(vendors) == []


async def test_a_period_that_ends_after_today_is_null_there(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    """T10: buckets to come are listed."""
    more = 'countries: ["NO"], period: {start: "2026-03-10", end: "2026-03-14"}'
    values = (await of_edition(vendor_gateway, rank(more)))["rank"]["values"]
    assert values[:2] == [place(ACME, "NO", "6007", "topfreeapplications", date(2026, 3, day)) for day in (10, 11)]
    assert values[2:] == [None] * 3
    assert calls(vendors)[0].value("end_date") == "2026-03-11"
