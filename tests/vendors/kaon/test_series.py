"""Kaon's series: engagements, devices and hits by week, as asked of the graph."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import quote

import pytest

from parallax.sandbox import kaon_data
from parallax.sandbox.faults import Fault, Kind
from parallax.sandbox.server import Sandbox
from parallax.vendors.kaon import language_tag, sunday_of, week_of
from tests.gateways import Gateway
from tests.seeds import MAPS
from tests.vendors.asking import missing, of_app
from tests.vendors.conftest import TODAY
from tests.vendors.kaon.conftest import APP, error, kaon, weeks_asked

RUNNING = week_of(TODAY.date())
WEEKS = range(RUNNING - 2, RUNNING + 1)
THREE = 'period: {start: "2026-02-24", end: "2026-03-10"}'
ITEM = "products/pump a/overview"


def days(week: int) -> tuple[date, date]:
    return sunday_of(week), min(sunday_of(week) + timedelta(days=6), TODAY.date())


def engagements(week: int) -> int:
    return sum(kaon_data.durations(APP, week, *days(week)).values())


def split(kind: str, week: int) -> Mapping[str, int]:
    return kaon_data.split(APP, kind, week, *days(week))


def uids(week: int) -> set[str]:
    return set(kaon_data.uids(APP, week, *days(week)))


def hits(week: int, item: str = ITEM) -> int:
    return kaon_data.hits(APP, item, week, *days(week))


# ---------------------------------------------------------------- engagements
async def test_engagements_are_told_by_kaons_own_weeks(hosted: Gateway, vendors: Sandbox) -> None:
    """T3: the period is widened to whole weeks from Sunday to Saturday, and says so."""
    shown = "name unit granularity total values data { date at value isPartial } period { start end from to timeZone }"
    found = await kaon(hosted, f"engagements({THREE}) {{ {shown} }}")

    told = [engagements(week) for week in WEEKS]
    assert found["engagements"] == {
        "name": "ENGAGEMENTS", "unit": "COUNT", "granularity": "WEEK", "total": sum(told), "values": told,
        "data": [
            {
                "date": sunday_of(week).isoformat(),
                "at": f"{sunday_of(week)}T00:00:00+00:00",
                "value": engagements(week),
                "isPartial": week == RUNNING,
            }
            for week in WEEKS
        ],
        "period": {
            "start": "2026-02-22", "end": "2026-03-14", "from": "2026-02-22T00:00:00+00:00",
            "to": "2026-03-15T00:00:00+00:00", "timeZone": None,
        },
    }  # fmt: skip
    assert weeks_asked(vendors, "/api/engagement") == [str(week) for week in WEEKS]


async def test_without_a_period_it_is_thirty_days(hosted: Gateway, vendors: Sandbox) -> None:
    """T5, widened."""
    await kaon(hosted, "engagements { total }")
    assert weeks_asked(vendors, "/api/engagement") == [
        str(week) for week in range(week_of(date(2026, 2, 10)), RUNNING + 1)
    ]


async def test_a_series_tells_where_it_comes_from(hosted: Gateway) -> None:
    source = "system label reference isEstimate userBasis isStale settledUntil asOf definition"
    found = await kaon(
        hosted, f"engagements {{ source {{ {source} }} }} deviceCount {{ source {{ userBasis reference }} }}"
    )
    told = found["engagements"]["source"]
    assert told.pop("asOf")
    assert "less than 30 minutes" in told.pop("definition")
    assert told == {
        "system": "KAON", "label": "Kaon Insights", "reference": "/api/engagement", "isEstimate": False, "userBasis": None,
        "isStale": False, "settledUntil": "2026-03-07",
    }  # fmt: skip
    assert found["deviceCount"]["source"] == {"userBasis": "DEVICE", "reference": "/api/uid"}


@pytest.mark.parametrize("maps", [False, True])
@pytest.mark.parametrize(("dimension", "kind"), [("COUNTRY", "country"), ("LANGUAGE", "language")])
async def test_engagements_are_cut_by_country_and_language(
    hosted: Gateway, vendors: Sandbox, dimension: str, kind: str, maps: bool
) -> None:
    """Both come as a list or as an object; languages are told by their tags."""
    vendors.kaon.switches = replace(vendors.kaon.switches, maps=maps)
    shown = "total values breakdown(first: 100) { dimension isOther total share values }"
    found = (await kaon(hosted, f"engagements({THREE}, breakdown: {dimension}) {{ {shown} }}"))["engagements"]

    told = {week: split(kind, week) for week in WEEKS}
    assert found["values"] == [engagements(week) for week in WEEKS]
    slices = {each["dimension"]: each for each in found["breakdown"]}
    codes = set().union(*told.values())
    assert set(slices) == {language_tag(code) if kind == "language" else code for code in codes}
    if kind == "language":
        assert slices.keys() >= {"en-GB", "fr-CA", "pt-BR", "zh-Hans", "zh-Hant"}
        assert not slices.keys() & {"gb", "ca", "bz", "zt"}
    for code in codes:
        values = [told[week].get(code, 0) for week in WEEKS]
        each = slices[language_tag(code) if kind == "language" else code]
        assert (each["values"], each["total"], each["isOther"]) == (values, sum(values), False)
        assert each["share"] == pytest.approx(sum(values) / found["total"])
    assert weeks_asked(vendors, f"/api/{kind}") == [str(week) for week in WEEKS]


async def test_what_is_not_kept_of_a_breakdown_is_one_slice(hosted: Gateway) -> None:
    """B3: counts are added up."""
    found = await kaon(
        hosted, f"engagements({THREE}, breakdown: COUNTRY) {{ breakdown(first: 1) {{ isOther total }} }}"
    )
    totals = sorted(
        (sum(split("country", week).get(code, 0) for week in WEEKS) for code in APP.countries), reverse=True
    )
    assert found["engagements"]["breakdown"] == [
        {"isOther": False, "total": totals[0]},
        {"isOther": True, "total": sum(totals[1:])},
    ]


# ---------------------------------------------------------------- devices
async def test_devices_of_several_weeks_are_their_union(hosted: Gateway, vendors: Sandbox) -> None:
    found = (await kaon(hosted, f"deviceCount({THREE}) {{ total values }}"))["deviceCount"]
    by_week = [uids(week) for week in WEEKS]
    assert found["values"] == [len(devices) for devices in by_week]
    assert found["total"] == len(set().union(*by_week)) < sum(found["values"])
    assert weeks_asked(vendors, "/api/uid") == [str(week) for week in WEEKS]


async def test_the_devices_of_a_missing_week_leave_the_union_unknown(hosted: Gateway, vendors: Sandbox) -> None:
    vendors.kaon.faults(Fault(Kind.STATUS, query=f"week={RUNNING - 1}", status=500))
    answer = await hosted.ask(
        of_app(f"kaon {{ deviceCount({THREE}) {{ total values }} engagements({THREE}) {{ total }} }}")
    )
    found = answer.data["client"]["app"]["kaon"]
    assert found["deviceCount"] == {
        "total": None,
        "values": [len(uids(RUNNING - 2)), None, len(uids(RUNNING))],
    }
    assert found["engagements"] == {"total": None}
    assert [(source, code) for source, code, _ in missing(answer.body)] == [("KAON", "SOURCE_UNAVAILABLE")] * 2
    assert all("1 of 3 parts are missing" in reason for _, _, reason in missing(answer.body))


async def test_a_list_of_devices_that_was_cut_is_no_shorter_list(hosted: Gateway, vendors: Sandbox) -> None:
    vendors.kaon.switches = replace(vendors.kaon.switches, cut_uids=True)
    answer = await hosted.ask(of_app("kaon { deviceCount { total } }"))
    assert error(answer, "deviceCount")["code"] == "SOURCE_UNAVAILABLE"


# ---------------------------------------------------------------- hits
async def test_hits_of_an_item_reach_back_to_the_apps_first_day(hosted: Gateway, vendors: Sandbox) -> None:
    """Older weeks than the other reads have; one call."""
    found = (await kaon(hosted, f'itemHits(path: "{quote(ITEM)}") {{ name total values period {{ start end }} }}'))[
        "itemHits"
    ]
    first = week_of(APP.since)
    assert first < 417
    told = [hits(week) for week in range(first, RUNNING + 1)]
    assert found["values"] == told
    assert found["total"] == sum(told)
    assert found["period"] == {"start": sunday_of(first).isoformat(), "end": "2026-03-14"}
    [call] = vendors.kaon.calls
    assert call.parameters == {"client": [APP.kaon], "path": ["products/pump%20a/overview"]}


async def test_hits_of_one_week_are_asked_for_that_week(hosted: Gateway, vendors: Sandbox) -> None:
    arguments = f'path: "{quote(ITEM)}", period: {{start: "2026-03-02", end: "2026-03-05"}}'
    found = (await kaon(hosted, f"itemHits({arguments}) {{ values dimensions {{ name value }} }}"))["itemHits"]
    assert found == {"values": [hits(RUNNING - 1)], "dimensions": [{"name": "path", "value": quote(ITEM)}]}
    [call] = vendors.kaon.calls
    assert call.value("week") == str(RUNNING - 1)


async def test_hits_by_country_need_not_add_up(hosted: Gateway, vendors: Sandbox) -> None:
    arguments = f'path: "{quote(ITEM)}", {THREE}, breakdown: COUNTRY'
    found = await kaon(hosted, f"itemHits({arguments}) {{ values total breakdown(first: 100) {{ dimension values }} }}")
    told = {week: kaon_data.hits_by_country(APP, quote(ITEM), week, hits(week)) for week in WEEKS}
    slices = {each["dimension"]: each["values"] for each in found["itemHits"]["breakdown"]}
    assert slices == {code: [told[week].get(code, 0) for week in WEEKS] for code in set().union(*told.values())}
    assert sum(map(sum, slices.values())) != found["itemHits"]["total"] == sum(hits(week) for week in WEEKS)
    [call] = vendors.kaon.calls
    assert (call.value("detail"), call.value("week")) == ("country", None)


async def test_a_percent_sign_survives_the_way_there(hosted: Gateway, vendors: Sandbox) -> None:
    for item in ("products/50% off", "products/valve & seal/overview", "stories/größer denken"):
        found = await kaon(hosted, f'itemHits(path: "{quote(item)}", period: {{last: "7d"}}) {{ values }}')
        assert found["itemHits"]["values"] == [hits(week, item) for week in (RUNNING - 1, RUNNING)]
    assert vendors.kaon.calls[0].value("path") == "products/50%25%20off"


async def test_weeks_before_there_were_any_are_null(hosted: Gateway) -> None:
    arguments = f'path: "{quote(ITEM)}", period: {{start: "2011-12-20", end: "2012-01-10"}}'
    answer = await hosted.ask(of_app(f"kaon {{ itemHits({arguments}) {{ values }} }}"))
    assert answer.data["client"]["app"]["kaon"]["itemHits"] == {"values": [None, None, 0, 0]}
    assert missing(answer.body) == [
        ("KAON", None, "The source has nothing of this before 2012-01-01: null until then.")
    ]


# ---------------------------------------------------------------- ends
async def test_weeks_to_come_are_null_and_not_asked_for(hosted: Gateway, vendors: Sandbox) -> None:
    """T10."""
    arguments = 'period: {start: "2026-03-08", end: "2026-03-22"}'
    found = await kaon(hosted, f"engagements({arguments}) {{ total values }}")
    assert found["engagements"] == {"total": engagements(RUNNING), "values": [engagements(RUNNING), None, None]}
    assert len(vendors.kaon.calls) == 1


async def test_weeks_before_the_first_of_full_data_are_null_with_a_reason(hosted: Gateway, vendors: Sandbox) -> None:
    arguments = 'period: {start: "2019-12-15", end: "2020-01-04"}'
    answer = await hosted.ask(of_app(f"kaon {{ engagements({arguments}) {{ total values }} }}"))
    found = answer.data["client"]["app"]["kaon"]["engagements"]
    assert found["values"] == [None, None, engagements(417)]
    assert found["total"] == engagements(417)
    assert missing(answer.body) == [
        ("KAON", None, "The source has nothing of this before 2019-12-29: null until then.")
    ]
    assert weeks_asked(vendors, "/api/engagement") == ["417"]


@pytest.mark.parametrize(
    ("field", "argument", "words"),
    [
        ('engagements(period: {start: "2019-12-01", end: "2019-12-28"})', "period", "2019-12-29 to 2026-03-14"),
        ('engagements(period: {start: "2026-03-15", end: "2026-03-16"})', "period", "2019-12-29 to 2026-03-14"),
        ('engagements(period: {last: "300y"})', "period", "at most 15,000 weeks"),
        ('deviceCount(period: {last: "107w"})', "period", "at most 106 weeks"),
        (
            'itemHits(path: "home", period: {start: "2011-01-01", end: "2011-12-31"})',
            "period",
            "2012-01-01 to 2026-03-14",
        ),
        ('itemHits(path: "home", breakdown: LANGUAGE)', "breakdown", "Allowed: COUNTRY"),
        ('itemHits(path: "")', "path", "1 to 2000 characters"),
        (f'itemHits(path: "{"a" * 2001}")', "path", "1 to 2000 characters"),
        ('itemHits(path: "a\\nb")', "path", "1 to 2000 characters"),
        ('engagements(period: {last: "soon"})', "period.last", "is no span of time"),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_its_name(
    hosted: Gateway, vendors: Sandbox, field: str, argument: str, words: str
) -> None:
    """Y1. Nothing is called for it."""
    refused = error(await hosted.ask(of_app(f"kaon {{ {field} {{ total }} }}")), field.partition("(")[0])
    assert refused["code"] == "INVALID_PARAMETER"
    assert argument in refused["details"]
    assert words in refused["message"]
    assert vendors.kaon.calls == []


async def test_an_unknown_path_is_told_of(hosted: Gateway) -> None:
    refused = error(await hosted.ask(of_app('kaon { itemHits(path: "nowhere") { total } }')), "itemHits")
    assert (refused["code"], refused["source"]) == ("SOURCE_REJECTED", "KAON")
    assert "has no such client key, week or path" in refused["message"]


async def test_an_app_that_is_not_linked_has_none(hosted: Gateway) -> None:
    assert (await hosted.ask(of_app("kaon { clientKey }", MAPS))).data["client"]["app"] == {"kaon": None}
