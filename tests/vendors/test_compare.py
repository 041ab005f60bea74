"""One measure from several sources, vendors among them (Y3, Y4): over real sockets, against the sandbox.

Noon of Wednesday, 11 March 2026; the client is in Berlin. What vendors tell by fields of their own is what is laid here.
"""

from typing import Any

import pytest

from parallax.sandbox.faults import Fault, Kind
from parallax.sandbox.products import PRODUCTS, Product
from parallax.sandbox.server import Sandbox
from tests.gateways import Answer, Gateway
from tests.seeds import EDITOR, MAPS, NORDLYS, NOTES
from tests.vendors.asking import linked, missing, of_app
from tests.vendors.sensor_tower.acme import paths
from tests.vendors.sensor_tower.test_calls import big, linked_to

ACME: Product = PRODUCTS[0]
SHOWN = """name unit values total source { system isEstimate }
  alignment { method nativeTimeZone nativeWeekStart missing }"""
AGREEMENT = "agreement { against buckets bias meanAbsolutePercentageError rankCorrelation }"
TRACK = """mutation ($client: ID!, $reports: [UsageReportInput!]!) {
  usageTrack(client: $client, reports: $reports) { accepted } }"""


@pytest.fixture
async def gateway(vendor_gateway: Gateway) -> Gateway:
    """Notes is linked to a product at two vendors."""
    await linked(vendor_gateway, {"sensorTower": {"unified": ACME.unified}})
    await linked(vendor_gateway, {"koreAi": {"streamId": ACME.stream}})
    return vendor_gateway


def days(first: str, last: str, granularity: str = "DAY") -> str:
    return f'period: {{start: "{first}", end: "{last}"}}, granularity: {granularity}'


FEW = days("2026-03-01", "2026-03-08")


async def asked(gateway: Gateway, measure: str, more: str = FEW, shown: str = SHOWN) -> Answer:
    return await gateway.ask(of_app(f"sources: compareSources(measure: {measure}, {more}) {{ {shown} }}"))


async def sources(gateway: Gateway, measure: str, more: str = FEW, shown: str = SHOWN) -> dict[str, Any]:
    answer = await asked(gateway, measure, more, f"{shown} source {{ system }}")
    return {each["source"]["system"]: each for each in answer.data["client"]["app"]["sources"] if each}


async def own(gateway: Gateway, field: str) -> Any:
    """What a vendor's own field answers: values by day."""
    told = (await gateway.ask(of_app(f"it: {field}"))).data["client"]["app"]["it"]
    while "data" not in told:
        [told] = told.values()
    return {each["date"]: each["value"] for each in told["data"]}


def estimate(name: str, more: str) -> str:
    return f"sensorTower {{ estimate(name: {name}, {more}) {{ data {{ date value }} }} }}"


def conversations(measure: str, more: str) -> str:
    return f"koreAi {{ engagement({more}) {{ {measure} {{ data {{ date value }} }} }} }}"


# ---------------------------------------------------------------- side by side
async def test_all_sources_stand_on_one_axis_in_the_order_of_the_enum(gateway: Gateway) -> None:
    answer = await asked(gateway, "ACTIVE_USERS")

    found = answer.data["client"]["app"]["sources"]
    assert [each["source"]["system"] for each in found] == ["EVENTS", "APP_USAGE", "SENSOR_TOWER", "KORE_AI"]
    assert {len(each["values"]) for each in found} == {8}
    assert {each["unit"] for each in found} == {"COUNT"}
    assert [each["alignment"] is None for each in found] == [True, True, False, False]
    assert missing(answer.body) == []


async def test_days_of_a_vendor_are_what_its_own_field_tells(gateway: Gateway) -> None:
    """Kore.ai is asked in the client's zone; Sensor Tower's days have none."""
    found = await sources(gateway, "ACTIVE_USERS")

    assert found["SENSOR_TOWER"]["values"] == list((await own(gateway, estimate("ACTIVE_USERS", FEW))).values())
    assert found["KORE_AI"]["values"] == list((await own(gateway, conversations("uniqueUsers", FEW))).values())
    assert found["KORE_AI"]["alignment"] == aligned("EXACT", zone="Europe/Berlin")
    assert found["SENSOR_TOWER"]["alignment"] == aligned("ZONE_APPROXIMATED")
    assert found["SENSOR_TOWER"]["source"] == {"system": "SENSOR_TOWER", "isEstimate": True}


def aligned(method: str, zone: str | None = None, week: str | None = None, missing: tuple[str, ...] = ()) -> Any:
    return {"method": method, "nativeTimeZone": zone, "nativeWeekStart": week, "missing": list(missing)}


async def test_users_of_a_week_are_asked_as_such_and_never_added_up(gateway: Gateway) -> None:
    """The first week is cut by the period: its users cannot be told apart from those of the days before (T7)."""
    weeks = days("2026-02-12", "2026-03-08", "WEEK")
    answer = await asked(gateway, "ACTIVE_USERS", weeks)

    [_, _, tower, kore_ai] = answer.data["client"]["app"]["sources"]
    whole = await own(gateway, estimate("ACTIVE_USERS", days("2026-02-16", "2026-03-08", "WEEK")))
    assert tower["values"] == [None, *whole.values()]
    assert tower["alignment"] == aligned("ZONE_APPROXIMATED", week="MONDAY", missing=("2026-02-09",))
    assert kore_ai is None
    assert missing(answer.body) == [
        (
            "KORE_AI",
            None,
            "The source gives DAY: the same users may be in several of them, so that they do not add up to WEEK.",
        )
    ]


async def test_new_users_of_a_week_are_the_sum_of_its_days(gateway: Gateway) -> None:
    """Nobody is new twice. The first week has four days in the period."""
    found = await sources(gateway, "NEW_USERS", days("2026-02-12", "2026-03-01", "WEEK"))

    daily = list((await own(gateway, conversations("newUsers", days("2026-02-12", "2026-03-01")))).values())
    weeks = [sum(daily[:4]), sum(daily[4:11]), sum(daily[11:])]
    assert found["KORE_AI"]["values"] == weeks
    assert found["KORE_AI"]["total"] == sum(daily)
    assert found["KORE_AI"]["alignment"] == aligned("SUMMED_FROM_DAYS", zone="Europe/Berlin")


async def test_downloads_of_whole_weeks_are_asked_as_weeks_and_of_cut_ones_as_days(
    gateway: Gateway, vendors: Sandbox
) -> None:
    whole = (await sources(gateway, "DOWNLOADS", days("2026-02-16", "2026-03-08", "WEEK")))["SENSOR_TOWER"]
    [call] = vendors.sensor_tower.calls
    assert call.parameters["date_granularity"] == ["weekly"]
    assert whole["alignment"] == aligned("ZONE_APPROXIMATED", week="MONDAY")

    cut = (await sources(gateway, "DOWNLOADS", days("2026-02-18", "2026-03-08", "WEEK")))["SENSOR_TOWER"]
    daily = list((await own(gateway, estimate("DOWNLOADS", days("2026-02-18", "2026-03-08")))).values())
    assert cut["values"] == [sum(daily[:5]), sum(daily[5:12]), sum(daily[12:])]
    assert cut["total"] == sum(daily)
    assert cut["alignment"] == aligned("ZONE_APPROXIMATED")


async def test_a_long_period_is_asked_for_in_few_calls_whatever_it_cuts(gateway: Gateway, vendors: Sandbox) -> None:
    """A year of days would be 53 calls of the month's quota."""
    found = await sources(gateway, "REVENUE", days("2025-01-15", "2025-12-31", "MONTH"))

    [call] = vendors.sensor_tower.calls
    assert call.parameters["date_granularity"] == ["monthly"]
    assert found["SENSOR_TOWER"]["unit"] == "USD_CENTS"
    assert found["SENSOR_TOWER"]["alignment"]["missing"] == ["2025-01-01"]
    assert found["SENSOR_TOWER"]["total"] is None
    assert found["SENSOR_TOWER"]["values"][0] is None
    assert all(value > 0 for value in found["SENSOR_TOWER"]["values"][1:])


async def test_time_is_told_in_one_unit_by_all(gateway: Gateway) -> None:
    """Sensor Tower tells seconds, and by month alone."""
    found = await sources(gateway, "TIME_SPENT", days("2026-01-01", "2026-02-28", "MONTH"))

    usage = 'usage(name: TOTAL_TIME_SPENT, period: {start: "2026-01-01", end: "2026-02-28"}) { data { date value } }'
    seconds = await own(gateway, f"sensorTower {{ {usage} }}")
    assert found["SENSOR_TOWER"]["values"] == [value * 1000 for value in seconds.values()]
    assert {each["unit"] for each in found.values()} == {"MILLISECONDS"}
    answer = await asked(gateway, "TIME_SPENT", days("2026-03-02", "2026-03-08", "WEEK"))
    assert missing(answer.body) == [
        ("SENSOR_TOWER", None, "The source gives MONTH: its buckets cannot be cut into WEEK.")
    ]


async def test_users_of_a_quarter_are_no_sum_of_its_months(gateway: Gateway) -> None:
    answer = await asked(gateway, "ACTIVE_USERS", days("2025-10-01", "2025-12-31", "QUARTER"))

    [_, _, *vendors] = answer.data["client"]["app"]["sources"]
    assert vendors == [None, None]
    assert [(source, code) for source, code, _ in missing(answer.body)] == [("SENSOR_TOWER", None), ("KORE_AI", None)]


async def test_retention_of_the_next_day_is_the_first_of_an_editions_curve(gateway: Gateway) -> None:
    """The product that is linked first has no curve of its own: its rates are those of a store's edition (N5)."""
    quarters = days("2025-07-01", "2026-03-11", "QUARTER")
    answer = await asked(gateway, "RETENTION", quarters)
    assert [each and each["source"]["system"] for each in answer.data["client"]["app"]["sources"]] == ["EVENTS", None]
    assert missing(answer.body) == [
        ("SENSOR_TOWER", None, "The app is not linked to anything there that has the measure.")
    ]

    await linked(gateway, {"sensorTower": {"ios": str(ACME.ios[0])}})
    found = (await sources(gateway, "RETENTION", quarters, f"{SHOWN} {AGREEMENT}"))["SENSOR_TOWER"]
    curves = await gateway.ask(
        of_app(
            'sensorTower { editions(store: IOS) { key retention(period: {start: "2025-07-01", end: "2025-12-31"}) { rates } } }'
        )
    )
    [edition] = [
        each for each in curves.data["client"]["app"]["sensorTower"]["editions"] if each["key"] == str(ACME.ios[0])
    ]
    assert found["values"] == [*(curve["rates"][0] for curve in edition["retention"]), None]
    assert found["unit"] == "RATIO"
    assert found["total"] is None
    assert found["alignment"] == aligned("ZONE_APPROXIMATED", missing=("2026-01-01",))
    assert found["agreement"]["against"] == "EVENTS"
    answer = await asked(gateway, "RETENTION")
    assert missing(answer.body) == [
        ("SENSOR_TOWER", None, "The source gives QUARTER: its buckets cannot be cut into DAY.")
    ]


async def test_a_period_without_a_whole_bucket_of_the_vendors_is_null_with_the_reason(gateway: Gateway) -> None:
    answer = await asked(
        gateway, "ACTIVE_USERS", days("2026-02-12", "2026-02-14", "MONTH") + ", sources: [SENSOR_TOWER]"
    )

    assert answer.data["client"]["app"]["sources"] == [None]
    assert missing(answer.body) == [("SENSOR_TOWER", None, "No MONTH that has begun lies in the period as a whole.")]


async def test_days_to_come_are_null(gateway: Gateway) -> None:
    """T10. The vendor has not told today yet."""
    found = await sources(gateway, "DOWNLOADS", days("2026-03-10", "2026-03-13"))

    values = found["SENSOR_TOWER"]["values"]
    assert values[0] is not None
    assert values[1:] == [None, None, None]
    assert found["SENSOR_TOWER"]["alignment"]["missing"] == ["2026-03-11", "2026-03-12", "2026-03-13"]


async def test_kaons_weeks_stand_at_the_monday_after_the_sunday_on_which_they_begin(gateway: Gateway) -> None:
    """WEEK_SHIFTED: six of their seven days are in that week. The week of today runs on."""
    await linked(gateway, {"kaon": {"clientKey": ACME.kaon}})
    found = await sources(gateway, "SESSIONS", days("2026-02-23", "2026-03-11", "WEEK"))

    engagements = await own(
        gateway, 'kaon { engagements(period: {start: "2026-02-22", end: "2026-03-14"}) { data { date value } } }'
    )
    assert list(engagements) == ["2026-02-22", "2026-03-01", "2026-03-08"]
    assert found["KAON"]["values"] == list(engagements.values())
    assert found["KAON"]["total"] == sum(engagements.values())
    assert found["KAON"]["alignment"] == aligned("WEEK_SHIFTED", week="SUNDAY")


async def test_devices_of_weeks_are_never_added_up(gateway: Gateway) -> None:
    """The first week is cut by the period; a month of devices is no sum of weeks."""
    await linked(gateway, {"kaon": {"clientKey": ACME.kaon}})
    found = await sources(gateway, "ACTIVE_USERS", days("2026-02-18", "2026-03-08", "WEEK"))

    devices = await own(
        gateway, 'kaon { deviceCount(period: {start: "2026-02-22", end: "2026-03-07"}) { data { date value } } }'
    )
    assert found["KAON"]["values"] == [None, *devices.values()]
    assert found["KAON"]["total"] is None
    assert found["KAON"]["alignment"] == aligned("WEEK_SHIFTED", week="SUNDAY", missing=("2026-02-16",))
    answer = await asked(gateway, "ACTIVE_USERS", days("2026-02-01", "2026-02-28", "MONTH") + ", sources: [KAON]")
    assert answer.data["client"]["app"]["sources"] == [None]
    assert "do not add up to MONTH" in missing(answer.body)[0][2]
    answer = await asked(gateway, "SESSIONS", FEW + ", sources: [KAON]")
    assert missing(answer.body) == [("KAON", None, "The source gives WEEK: its buckets cannot be cut into DAY.")]


async def test_what_lies_before_a_vendors_first_week_is_missing(gateway: Gateway) -> None:
    """Kaon counts from Sunday, 29 December 2019 on, which stands at Monday the 30th."""
    await linked(gateway, {"kaon": {"clientKey": ACME.kaon}})
    weeks = days("2019-12-16", "2020-01-05", "WEEK") + ", sources: [KAON]"
    answer = await asked(gateway, "SESSIONS", weeks)

    [kaon] = answer.data["client"]["app"]["sources"]
    assert kaon["values"][:2] == [None, None]
    assert kaon["alignment"]["missing"][:2] == ["2019-12-16", "2019-12-23"]
    assert "before 2019-12-29" in missing(answer.body)[0][2]
    answer = await asked(gateway, "SESSIONS", days("2018-12-03", "2018-12-30", "WEEK") + ", sources: [EVENTS, KAON]")
    assert answer.body["data"]["client"]["app"]["sources"][0]["values"] == [0] * 4
    assert answer.error_at("client", "app", "sources", 1)["extensions"]["code"] == "INVALID_PARAMETER"
    assert "2019-12-29" in answer.error["message"]


# ---------------------------------------------------------------- which sources there are
async def test_a_vendor_that_the_app_is_not_linked_to_is_left_out(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    assert list(await sources(vendor_gateway, "ACTIVE_USERS")) == ["EVENTS", "APP_USAGE"]
    answer = await asked(vendor_gateway, "ACTIVE_USERS", f"{FEW}, sources: [KORE_AI]")
    assert answer.data["client"]["app"]["sources"] == []
    assert vendors.kore_ai.calls == []


async def test_a_country_leaves_out_who_cannot_tell_it(gateway: Gateway) -> None:
    norway = f'{FEW}, country: "NO"'
    found = await sources(gateway, "ACTIVE_USERS", norway)

    assert list(found) == ["EVENTS", "SENSOR_TOWER"]
    countries = FEW + ', countries: ["NO"]'
    assert found["SENSOR_TOWER"]["values"] == list((await own(gateway, estimate("ACTIVE_USERS", countries))).values())


async def test_a_country_that_a_vendor_lacks_fails_for_that_vendor_alone(gateway: Gateway) -> None:
    answer = await asked(gateway, "ACTIVE_USERS", f'{FEW}, country: "ZZ"')

    [events, tower] = answer.body["data"]["client"]["app"]["sources"]
    assert events["values"] == [0] * 8
    assert tower is None
    error = answer.error_at("client", "app", "sources", 1)
    assert (error["extensions"]["code"], error["extensions"]["source"]) == ("INVALID_PARAMETER", "SENSOR_TOWER")
    assert "ZZ" in error["message"]


async def test_who_asks_for_our_own_sources_causes_no_call(gateway: Gateway, vendors: Sandbox) -> None:
    answer = await asked(gateway, "ACTIVE_USERS", f"{FEW}, sources: [EVENTS, APP_USAGE]")

    assert [each["source"]["system"] for each in answer.data["client"]["app"]["sources"]] == ["EVENTS", "APP_USAGE"]
    assert "links_of_apps" not in answer.statements
    assert vendors.kore_ai.calls == vendors.sensor_tower.calls == []


# ---------------------------------------------------------------- agreement
async def test_a_vendor_agrees_with_what_we_measured_over_the_days_that_both_have(gateway: Gateway) -> None:
    """Reports of 10 users on each of three days: its numbers there, divided by ours. Today does not count."""
    rows = [
        {"app": str(NOTES), "user": f"u{n}", "date": f"2026-03-{day:02}", "activeMs": 1, "sessions": 1}
        for day, users in ((6, 10), (7, 20), (8, 5), (11, 9))
        for n in range(users)
    ]
    await gateway.ask(TRACK, token=EDITOR, client=str(NORDLYS), reports=rows)
    found = await sources(gateway, "ACTIVE_USERS", days("2026-03-06", "2026-03-11"), f"values {AGREEMENT}")

    ours = found["APP_USAGE"]["values"]
    theirs = found["KORE_AI"]["values"]
    assert ours == [10, 20, 5, 0, 0, 9]
    told = found["KORE_AI"]["agreement"]
    assert (told["against"], told["buckets"]) == ("APP_USAGE", 5)
    assert told["bias"] == pytest.approx(sum(theirs[:5]) / 35)
    errors = [abs(their - our) / our for their, our in zip(theirs[:3], ours[:3], strict=True)]
    assert told["meanAbsolutePercentageError"] == pytest.approx(sum(errors) / 3)
    assert -1 <= told["rankCorrelation"] <= 1
    assert found["APP_USAGE"]["agreement"] is None
    assert found["EVENTS"]["agreement"] is None


async def test_events_come_before_reports_where_there_are_any(gateway: Gateway) -> None:
    await gateway.ask(
        "mutation ($client: ID!, $events: [EventInput!]!) { eventsTrack(client: $client, events: $events) { accepted } }",
        token=EDITOR,
        client=str(NORDLYS),
        events=[{"name": "open", "at": "2026-03-02T09:00:00Z", "user": "ada", "app": str(NOTES)}],
    )
    found = await sources(gateway, "ACTIVE_USERS", FEW, AGREEMENT)

    assert {each["agreement"]["against"] for each in found.values() if each["agreement"]} == {"EVENTS"}


async def test_what_only_vendors_measure_agrees_with_nothing(gateway: Gateway) -> None:
    assert (await sources(gateway, "DOWNLOADS", FEW, AGREEMENT))["SENSOR_TOWER"]["agreement"] is None


async def test_our_truth_may_be_left_out_of_the_list(gateway: Gateway) -> None:
    found = await sources(gateway, "ACTIVE_USERS", f"{FEW}, sources: [KORE_AI]", AGREEMENT)
    assert found["KORE_AI"]["agreement"]["against"] == "APP_USAGE"


# ---------------------------------------------------------------- failures
@pytest.mark.parametrize("kind", [Kind.STATUS, Kind.HTML, Kind.EMPTY, Kind.HALF_OPEN])
async def test_a_silent_vendor_leaves_the_other_sources_alone(gateway: Gateway, vendors: Sandbox, kind: Kind) -> None:
    vendors.sensor_tower.faults(Fault(kind))
    answer = await asked(gateway, "ACTIVE_USERS")

    [events, reports, tower, kore_ai] = answer.body["data"]["client"]["app"]["sources"]
    assert tower is None
    error = answer.error_at("client", "app", "sources", 2)
    assert (error["extensions"]["code"], error["extensions"]["source"]) == ("SOURCE_UNAVAILABLE", "SENSOR_TOWER")
    assert [each["source"]["system"] for each in (events, reports, kore_ai)] == ["EVENTS", "APP_USAGE", "KORE_AI"]
    assert [source for source, _, _ in missing(answer.body)] == ["SENSOR_TOWER"]


async def test_a_vendor_without_credentials_fails_by_itself(gateway: Gateway) -> None:
    """The stream is known to another account alone: the vendor has its say, and the others theirs."""
    await linked(gateway, {"koreAi": {"streamId": "st-00000000-0000-0000-0000-000000000000"}}, app=MAPS)
    answer = await gateway.ask(of_app(f"sources: compareSources(measure: NEW_USERS, {FEW}) {{ values }}", app=MAPS))

    [events, kore_ai] = answer.body["data"]["client"]["app"]["sources"]
    assert events["values"] == [0] * 8
    assert kore_ai is None
    assert answer.error_at("client", "app", "sources", 1)["extensions"]["code"] == "SOURCE_REJECTED"


# ---------------------------------------------------------------- calls
async def test_aliases_of_countries_share_a_call(gateway: Gateway, vendors: Sandbox) -> None:
    fields = " ".join(
        f'{code}: compareSources(measure: DOWNLOADS, {days("2026-03-02", "2026-03-08")}, country: "{code}") {{ values }}'
        for code in ("NO", "SE", "DE", "US", "GB", "FR", "DK", "FI", "NL", "PL")
    )
    answer = await gateway.ask(of_app(fields))

    assert len({str(each) for each in answer.data["client"]["app"].values()}) > 1
    assert len(vendors.sensor_tower.calls) == 1


async def test_fifty_apps_by_three_measures_are_as_few_calls_as_the_contract_allows(
    vendor_gateway: Gateway, vendors: Sandbox
) -> None:
    """Four weeks of days are four windows of sales, for downloads and revenue alike, and one question for users."""
    await linked_to(vendor_gateway, big(50))
    measures = " ".join(
        f"{measure}: compareSources(measure: {measure}, {days('2026-02-02', '2026-03-01')}) {{ values }}"
        for measure in ("DOWNLOADS", "REVENUE", "ACTIVE_USERS")
    )
    text = f'{{ client(id: "{NORDLYS}") {{ apps(first: 50, search: "App ") {{ nodes {{ {measures} }} }} }} }}'
    apps = (await vendor_gateway.ask(text)).data["client"]["apps"]["nodes"]

    assert len(apps) == 50
    assert all(len(each["ACTIVE_USERS"]) == 3 for each in apps)
    assert paths(vendors) == {"/v1/unified/sales_report_estimates": 4, "/v1/unified/usage/active_users": 1}


async def test_what_was_asked_once_is_kept_whoever_asks(gateway: Gateway, vendors: Sandbox) -> None:
    await own(gateway, estimate("DOWNLOADS", FEW))
    before = len(vendors.sensor_tower.calls)
    await asked(gateway, "DOWNLOADS")
    await asked(gateway, "REVENUE")
    assert len(vendors.sensor_tower.calls) == before


# ---------------------------------------------------------------- ids and formulas
async def test_the_id_of_a_vendors_measure_asks_it_again(gateway: Gateway) -> None:
    """E4."""
    shown = f"id {SHOWN} {AGREEMENT}"
    for found in (await sources(gateway, "ACTIVE_USERS", FEW, shown)).values():
        again = await gateway.ask(f'{{ node(id: "{found["id"]}") {{ ... on Metric {{ {shown} }} }} }}')
        assert again.data["node"] == found


def formula(measures: list[str], text: str, more: str = FEW, shown: str = "values") -> str:
    series = ", ".join(f'{{measure: {{app: "{NOTES}", {measure}}}}}' for measure in measures)
    return f'formula(series: [{series}], formula: "{text}", {more}) {{ {shown} }}'


async def test_vendors_measures_are_series_of_a_formula(gateway: Gateway, vendors: Sandbox) -> None:
    measures = ["measure: REVENUE, source: SENSOR_TOWER", "measure: DOWNLOADS, source: SENSOR_TOWER"]
    shown = "values total inputs { name unit values total alignment { method } source { system } }"
    found = (await gateway.ask(of_app(f"it: {formula(measures, 'A / B', FEW, shown)}"))).data["client"]["app"]["it"]

    revenue, downloads = found["inputs"]
    assert (revenue["name"], revenue["unit"], revenue["source"]) == ("REVENUE", "USD_CENTS", {"system": "SENSOR_TOWER"})
    assert revenue["alignment"] == {"method": "ZONE_APPROXIMATED"}
    quotients = [a / b for a, b in zip(revenue["values"], downloads["values"], strict=True)]
    assert found["values"] == pytest.approx(quotients)
    assert found["total"] == pytest.approx(revenue["total"] / downloads["total"])
    assert len(vendors.sensor_tower.calls) == 2, "eight days are two windows of a week, for both"


async def test_countries_of_a_formula_share_a_call(gateway: Gateway, vendors: Sandbox) -> None:
    week = days("2026-03-02", "2026-03-08")
    measures = [f'measure: DOWNLOADS, source: SENSOR_TOWER, country: "{code}"' for code in list(ACME.countries)[:3]]
    found = (await gateway.ask(of_app(f"it: {formula(measures, 'A + B + C', week)}"))).data["client"]["app"]["it"]

    assert all(value > 0 for value in found["values"])
    assert len(vendors.sensor_tower.calls) == 1


async def test_a_formula_by_its_id_asks_vendors_again(gateway: Gateway) -> None:
    text = formula(
        ["measure: NEW_USERS, source: KORE_AI", "measure: NEW_USERS, source: EVENTS"], "A - B", FEW, "id values"
    )
    found = (await gateway.ask(of_app(f"it: {text}"))).data["client"]["app"]["it"]

    again = await gateway.ask(f'{{ node(id: "{found["id"]}") {{ ... on Metric {{ id values }} }} }}')
    assert again.data["node"] == found


async def test_buckets_that_a_source_cannot_fill_are_refused_in_a_formula(gateway: Gateway) -> None:
    weeks = days("2026-03-02", "2026-03-08", "WEEK")
    answer = await gateway.ask(of_app(formula(["measure: ACTIVE_USERS, source: KORE_AI"], "A", weeks)))

    assert answer.error["extensions"]["details"] == {"series[0].measure.source": "KORE_AI"}
    assert "does not fit WEEK" in answer.error["message"]


async def test_a_formula_over_what_is_not_linked_is_null_with_the_reason(vendor_gateway: Gateway) -> None:
    shown = "values total inputs { values source { system asOf } }"
    answer = await vendor_gateway.ask(
        of_app(f"it: {formula(['measure: NEW_USERS, source: KORE_AI'], 'A + 1', FEW, shown)}")
    )

    found = answer.data["client"]["app"]["it"]
    assert (found["values"], found["total"]) == ([None] * 8, None)
    assert found["inputs"] == [{"values": [None] * 8, "source": {"system": "KORE_AI", "asOf": None}}]
    assert {reason for _, _, reason in missing(answer.body)} == {
        "The app is not linked to anything there that has the measure."
    }


async def test_a_silent_vendor_fails_the_formula_that_needs_it(gateway: Gateway, vendors: Sandbox) -> None:
    vendors.kore_ai.faults(Fault(Kind.STATUS))
    text = formula(["measure: NEW_USERS, source: KORE_AI"], "A")
    answer = await gateway.ask(of_app(f"it: {text} other: compareSources(measure: SESSIONS, {FEW}) {{ values }}"))

    app = answer.body["data"]["client"]["app"]
    assert app["it"] is None
    assert app["other"][1]["values"][1] == 3
    assert answer.error["extensions"]["code"] == "SOURCE_UNAVAILABLE"


# ---------------------------------------------------------------- told before
async def test_the_catalogue_names_the_vendors_of_each_measure(vendor_gateway: Gateway) -> None:
    answer = await vendor_gateway.ask("{ metricCatalog { name field sources } }")
    found = {
        each["name"]: each["sources"] for each in answer.data["metricCatalog"] if "compareSources" in each["field"]
    }
    assert found["ACTIVE_USERS"] == ["EVENTS", "APP_USAGE", "SENSOR_TOWER", "KORE_AI", "KAON"]
    assert found["DOWNLOADS"] == found["REVENUE"] == ["SENSOR_TOWER"]
    assert found["RETURNING_USERS"] == ["EVENTS", "KORE_AI"]
    assert found["RETENTION"] == ["EVENTS", "SENSOR_TOWER"]
    assert len(answer.data["metricCatalog"]) <= 200


async def test_explain_foretells_the_calls(gateway: Gateway, vendors: Sandbox) -> None:
    text = of_app(f"compareSources(measure: ACTIVE_USERS, {FEW}) {{ values {AGREEMENT} }}")
    body = {"query": text, "extensions": {"explain": True}}
    headers = {"authorization": "Bearer " + EDITOR, "parallax-now": "2026-03-11T12:00:00Z"}
    told = (await gateway.http.post("/graphql", json=body, headers=headers)).json()["extensions"]["explain"]["vendors"]
    assert vendors.sensor_tower.calls == vendors.kore_ai.calls == []

    await gateway.ask(text)
    made = len(vendors.sensor_tower.calls) + len(vendors.kore_ai.calls)
    assert sum(each["calls"] for each in told) == made == 2
