"""The panel of Android devices, asked through the graph (contract 11)."""

from dataclasses import replace

import pytest

from parallax.ids import GlobalId, canonical, encode
from parallax.sandbox.products import ACME, PRODUCTS
from parallax.sandbox.server import Sandbox
from tests.gateways import Gateway
from tests.seeds import NORDLYS, STRANGER
from tests.vendors.asking import missing

COHORT, OTHER = str(ACME["cohort"]), PRODUCTS[1].cohort
UNKNOWN = "cohort_ffffffffffffffffffffffff"
SERIES = (
    "name label unit total granularity period { start end timeZone } dimensions { name value } "
    "data { date value isPartial } values"
)
SOURCE = "source { system reference isEstimate userBasis definition confidence settledUntil }"
AUTUMN = 'period: {start: "2025-10-15", end: "2026-01-10"}'
MONTHS = ["2025-10-01", "2025-11-01", "2025-12-01", "2026-01-01"]


def id_of(cohort: str) -> str:
    return encode(GlobalId("PanelCohort", NORDLYS, (canonical({"cohort": cohort}),)))


def of(fields: str, cohort: str = COHORT) -> str:
    return f'{{ node(id: "{id_of(cohort)}") {{ ... on PanelCohort {{ {fields} }} }} }}'


def market(fields: str) -> str:
    return f'{{ client(id: "{NORDLYS}") {{ market {{ {fields} }} }} }}'


def calls(vendors: Sandbox, what: str) -> list[dict[str, list[str]]]:
    path = f"/v1/android/consumer_intel/{what}"
    return [call.parameters for call in vendors.sensor_tower.calls if call.path == path]


# ---------------------------------------------------------------- cohorts
@pytest.mark.parametrize(
    ("analysis", "what"),
    [
        ("CHURN", "churn_analysis"),
        ("RETENTION", "cohort_retention"),
        ("ENGAGEMENT", "engagement_insights"),
        ("TIME_OF_DAY", "time_of_day"),
        ("POWER_USERS", "power_user_curve"),
        ("CROSS_APP", "cohort_engagement"),
    ],
)
async def test_each_analysis_lists_its_cohorts(
    vendor_gateway: Gateway, vendors: Sandbox, analysis: str, what: str
) -> None:
    text = market(f'panelCohorts(analysis: {analysis}, search: "acme n", first: 3) {{ id name kind }}')
    told = (await vendor_gateway.ask(text)).data["client"]["market"]["panelCohorts"]
    assert told == [{"id": id_of(COHORT), "name": "Acme Notes users", "kind": "app"}]
    assert calls(vendors, f"{what}/cohorts") == [{}]
    assert len(vendors.sensor_tower.calls) == 1


async def test_cohorts_are_listed_as_far_as_is_asked(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    text = market("few: panelCohorts(analysis: CHURN, first: 2) { name } all: panelCohorts(analysis: CHURN) { name }")
    told = (await vendor_gateway.ask(text)).data["client"]["market"]
    assert told["few"] == told["all"][:2]
    assert len(told["all"]) > 40
    assert len(calls(vendors, "churn_analysis/cohorts")) == 1
    answer = await vendor_gateway.ask(market("panelCohorts(analysis: CHURN, first: 1001) { id }"))
    assert answer.error["extensions"]["code"] == "INVALID_PARAMETER"


async def test_an_app_has_the_panel_of_its_users(vendor_gateway: Gateway) -> None:
    told = (await vendor_gateway.ask(market('app(key: {android: "com.acme.notes"}) { panel { id name kind } }'))).data
    panel = told["client"]["market"]["app"]["panel"]
    assert panel == {"id": id_of(COHORT), "name": "Acme Notes users", "kind": "app"}


async def test_a_cohort_is_found_again_by_its_id(vendor_gateway: Gateway) -> None:
    told = (await vendor_gateway.ask(of("id name kind"))).data["node"]
    assert told == {"id": id_of(COHORT), "name": "Acme Notes users", "kind": "app"}
    unknown = (await vendor_gateway.ask(of("id name kind", UNKNOWN))).data["node"]
    assert unknown == {"id": id_of(UNKNOWN), "name": None, "kind": None}
    assert (await vendor_gateway.ask(of("id", "nothing"))).data["node"] is None
    assert (await vendor_gateway.ask(of("id name"), token=STRANGER)).data["node"] is None


# ---------------------------------------------------------------- churn
async def test_churn_is_told_by_month_in_four_parts(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    shown = f"churn({AUTUMN}, region: US) {{ {SERIES} {SOURCE} breakdown {{ dimension isOther total share values }} }}"
    churn = (await vendor_gateway.ask(of(shown))).data["node"]["churn"]
    assert (churn["name"], churn["unit"], churn["granularity"]) == ("CHURN", "RATIO", "MONTH")
    assert churn["period"] == {"start": "2025-10-01", "end": "2026-01-31", "timeZone": None}
    assert [point["date"] for point in churn["data"]] == MONTHS
    assert churn["dimensions"] == [{"name": "region", "value": "US"}]
    assert churn["total"] is None  # of months that is no ratio of months
    parts = {part["dimension"]: part for part in churn["breakdown"]}
    assert sorted(parts) == ["churned", "new", "resurrected", "retained"]
    assert parts["churned"]["values"] == churn["values"]
    for month in zip(*(parts[name]["values"] for name in ("new", "resurrected", "retained")), strict=True):
        assert None in month or sum(month) == pytest.approx(1)
    assert {(part["total"], part["share"]) for part in parts.values()} == {(None, None)}
    source = churn["source"]
    assert source["reference"] == "/v1/android/consumer_intel/churn_analysis"
    assert (source["isEstimate"], source["userBasis"], source["confidence"]) == (True, "DEVICE", None)
    [call] = calls(vendors, "churn_analysis")
    assert call == {
        "selection_cohort_ids": [COHORT],
        "country": ["US"],
        "granularity": ["monthly"],
        "start_date": ["2025-10-01"],
        "end_date": ["2026-01-31"],
    }


async def test_a_gap_of_the_panel_is_null_and_told(vendor_gateway: Gateway) -> None:
    """In the sandbox every ninth month or so is one."""
    years = 'period: {start: "2021-01-01", end: "2025-12-31"}'
    answer = await vendor_gateway.ask(of(f"churn({years}) {{ values }}"))
    values = answer.data["node"]["churn"]["values"]
    gaps = values.count(None)
    assert 0 < gaps < 20
    assert missing(answer.body) == [("SENSOR_TOWER", None, f"It has nothing of {gaps} of 60 buckets.")]


async def test_a_month_by_itself_has_a_total(vendor_gateway: Gateway) -> None:
    period = 'period: {start: "2026-01-01", end: "2026-01-31"}'
    churn = (await vendor_gateway.ask(of(f"churn({period}) {{ total values }}"))).data["node"]["churn"]
    assert [churn["total"]] == churn["values"]


async def test_months_that_are_not_over_are_null_and_not_asked_for(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    answer = await vendor_gateway.ask(of('churn(period: {last: "3m"}) { data { date value isPartial } }'))
    points = answer.data["node"]["churn"]["data"]
    assert [point["date"] for point in points] == ["2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01"]
    assert points[3] == {"date": "2026-03-01", "value": None, "isPartial": True}
    assert [point["isPartial"] for point in points] == [False, False, False, True]
    assert ("SENSOR_TOWER", None, "1 of 4 buckets are not over, and it tells of whole ones alone.") in missing(
        answer.body
    )
    assert calls(vendors, "churn_analysis")[0]["end_date"] == ["2026-02-28"]


# ---------------------------------------------------------------- retention
RATES = (
    "granularity periods period { start end } source { reference userBasis } "
    "cohorts { start size cells { offset count rate isComplete } } averages breakdown { dimension }"
)


async def test_retention_is_a_ragged_triangle_of_rates_alone(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    """R2: one cohort for each bucket of the period, followed up to now."""
    period = 'period: {start: "2026-01-07", end: "2026-02-01"}'
    answer = await vendor_gateway.ask(of(f"retention({period}) {{ {RATES} }}"))
    told = answer.data["node"]["retention"]
    mondays = ["2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26"]
    assert [cohort["start"] for cohort in told["cohorts"]] == mondays
    assert [len(cohort["cells"]) for cohort in told["cohorts"]] == [9, 8, 7, 6]  # to the week that ended on 8 March
    assert told["periods"] == 9
    assert told["period"] == {"start": "2026-01-07", "end": "2026-02-01"}
    for cohort in told["cohorts"]:
        assert cohort["size"] is None
        assert [cell["offset"] for cell in cohort["cells"]] == list(range(len(cohort["cells"])))
        assert cohort["cells"][0]["rate"] == 1
        assert all(0 < cell["rate"] <= 1 for cell in cohort["cells"])
        assert {(cell["count"], cell["isComplete"]) for cell in cohort["cells"]} == {(None, True)}
    # Without sizes there is no mean (R7) but where all cohorts agree, as one does with itself.
    assert told["averages"] == [1, *[None] * 7, told["cohorts"][0]["cells"][8]["rate"]]
    assert told["breakdown"] is None
    [call] = calls(vendors, "cohort_retention")
    assert (call["start_date"], call["end_date"]) == (["2026-01-05"], ["2026-03-08"])
    assert call["granularity"] == ["weekly"]
    assert "country" not in call


async def test_retention_by_month_is_that_of_the_last_90_days(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    """T5."""
    answer = await vendor_gateway.ask(of("retention(granularity: MONTH) { cohorts { start cells { rate } } }"))
    cohorts = answer.data["node"]["retention"]["cohorts"]
    assert [cohort["start"] for cohort in cohorts] == ["2025-12-01", "2026-01-01", "2026-02-01"]
    assert [len(cohort["cells"]) for cohort in cohorts] == [3, 2, 1]
    assert calls(vendors, "cohort_retention")[0]["end_date"] == ["2026-02-28"]


async def test_the_panel_names_no_single_users(vendor_gateway: Gateway) -> None:
    period = 'period: {start: "2026-03-02", end: "2026-03-08"}'
    told = (
        await vendor_gateway.ask(of(f"retention({period}) {{ cohorts {{ cells {{ users {{ totalCount }} }} }} }}"))
    ).data
    assert told["node"]["retention"]["cohorts"] == [{"cells": [{"users": None}]}]


async def test_no_more_than_52_offsets_are_shown(vendor_gateway: Gateway) -> None:
    period = 'period: {start: "2024-06-03", end: "2024-06-09"}'
    told = (
        await vendor_gateway.ask(of(f"retention({period}) {{ periods averages cohorts {{ cells {{ rate }} }} }}"))
    ).data
    retention = told["node"]["retention"]
    assert retention["periods"] == len(retention["averages"]) == len(retention["cohorts"][0]["cells"]) == 52


# ---------------------------------------------------------------- engagement
async def test_engagement_is_told_by_weeks_that_begin_on_mondays(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    period = 'period: {start: "2026-02-04", end: "2026-02-18"}'
    shown = " ".join(
        f"{name}: engagement(name: {name}, {period}, region: TIER_1) {{ {SERIES} {SOURCE} }}"
        for name in ("TIME_SPENT", "SESSION_COUNT")
    )
    told = (await vendor_gateway.ask(of(shown))).data["node"]
    assert [point["date"] for point in told["TIME_SPENT"]["data"]] == ["2026-02-02", "2026-02-09", "2026-02-16"]
    assert (told["TIME_SPENT"]["unit"], told["SESSION_COUNT"]["unit"]) == ("SECONDS", "COUNT")
    assert all(400 < value < 1000 for value in told["TIME_SPENT"]["values"])
    assert all(0 < value < 6 for value in told["SESSION_COUNT"]["values"])
    assert told["TIME_SPENT"]["source"]["reference"] == "/v1/android/consumer_intel/engagement_insights"
    [call] = calls(vendors, "engagement_insights")
    assert (call["start_date"], call["end_date"], call["country"]) == (["2026-02-02"], ["2026-02-22"], ["TIER_1"])


async def test_engagement_by_day_is_that_of_the_last_30(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    answer = await vendor_gateway.ask(of("engagement(name: TIME_SPENT, granularity: DAY) { values total }"))
    values = answer.data["node"]["engagement"]["values"]
    assert len(values) == 30
    assert values[-1] is None  # today
    assert None not in values[:-1]
    assert answer.data["node"]["engagement"]["total"] is None
    assert calls(vendors, "engagement_insights")[0]["granularity"] == ["daily"]


@pytest.mark.parametrize("among", [OTHER, id_of(OTHER)])
async def test_engagement_may_be_that_of_another_cohorts_users(
    vendor_gateway: Gateway, vendors: Sandbox, among: str
) -> None:
    period = 'period: {start: "2026-02-02", end: "2026-02-15"}'
    shown = f'engagement(name: DAU_GROWTH, among: "{among}", {period}) {{ {SERIES} {SOURCE} }}'
    told = (await vendor_gateway.ask(of(shown))).data["node"]["engagement"]
    assert told["unit"] == "RATIO"
    assert all(-0.1 <= value <= 0.1 for value in told["values"])
    assert told["dimensions"] == [{"name": "among", "value": OTHER}]
    assert told["source"]["reference"] == "/v1/android/consumer_intel/cohort_engagement"
    [call] = calls(vendors, "cohort_engagement")
    assert (call["filter_cohort_id"], call["selection_cohort_ids"]) == ([OTHER], [COHORT])


async def test_a_series_is_found_again_by_its_id(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    """E4."""
    shown = (
        f"churn({AUTUMN}, region: US) {{ id values }} "
        f'engagement(name: SESSION_COUNT, among: "{OTHER}", period: {{last: "4w"}}) {{ id values }}'
    )
    told = (await vendor_gateway.ask(of(shown))).data["node"]
    vendors.sensor_tower.calls.clear()
    for series in told.values():
        again = f'{{ node(id: "{series["id"]}") {{ ... on Metric {{ id values }} }} }}'
        assert (await vendor_gateway.ask(again)).data["node"] == series
        assert (await vendor_gateway.ask(again, token=STRANGER)).data["node"] is None
    assert vendors.sensor_tower.calls == []


# ---------------------------------------------------------------- power users, time of day
async def test_power_users_are_told_by_month(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    answer = await vendor_gateway.ask(of(f"powerUsers({AUTUMN}, region: LATIN_AM) {{ date days shares }}"))
    curves = answer.data["node"]["powerUsers"]
    assert [(curve["date"], curve["days"]) for curve in curves] == list(zip(MONTHS, [31, 30, 31, 31], strict=True))
    for curve in curves:
        assert len(curve["shares"]) == curve["days"]
        assert sum(curve["shares"]) == pytest.approx(1)
    assert calls(vendors, "power_user_curve")[0]["country"] == ["LATIN_AM"]


async def test_the_time_of_day_has_24_hours(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    told = (await vendor_gateway.ask(of("all: timeOfDay asia: timeOfDay(region: SE_ASIA)"))).data["node"]
    assert len(told["all"]) == len(told["asia"]) == 24
    world, asia = sorted(calls(vendors, "time_of_day"), key=len)
    assert world == {"selection_cohort_ids": [COHORT], "granularity": ["all_time"]}
    assert asia["country"] == ["SE_ASIA"]


# ---------------------------------------------------------------- what holds for all of them
ALL = (
    f"churn({AUTUMN}) {{ values }} retention {{ averages }} engagement(name: TIME_SPENT) {{ values }} "
    f'among: engagement(name: TIME_SPENT, among: "{OTHER}") {{ values }} powerUsers({AUTUMN}) {{ date }} timeOfDay'
)


async def test_five_cohorts_share_a_call(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    vendors.sensor_tower.switches = replace(vendors.sensor_tower.switches, per_second=None)
    nodes = ", ".join(f'"{id_of(product.cohort)}"' for product in PRODUCTS[:6])
    told = (await vendor_gateway.ask(f"{{ nodes(ids: [{nodes}]) {{ ... on PanelCohort {{ {ALL} }} }} }}")).data["nodes"]
    assert all(None not in node.values() for node in told)
    by_path: dict[str, list[int]] = {}
    for call in vendors.sensor_tower.calls:
        by_path.setdefault(call.path.rpartition("/")[2], []).append(
            len(call.parameters["selection_cohort_ids"][0].split(","))
        )
    assert {name: sorted(sizes) for name, sizes in by_path.items()} == {
        name: [1, 5]
        for name in (
            "churn_analysis", "cohort_retention", "engagement_insights", "cohort_engagement", "power_user_curve", "time_of_day",
        )
    }  # fmt: skip
    vendors.sensor_tower.calls.clear()
    await vendor_gateway.ask(f"{{ nodes(ids: [{nodes}]) {{ ... on PanelCohort {{ {ALL} }} }} }}")
    assert vendors.sensor_tower.calls == []


async def test_of_a_cohort_that_the_vendor_does_not_know_there_is_nothing(vendor_gateway: Gateway) -> None:
    answer = await vendor_gateway.ask(of(ALL + " more: retention { cohorts { cells { rate } } }", UNKNOWN))
    told = answer.data["node"]
    assert told["churn"]["values"] == [None] * 4
    assert set(told["engagement"]["values"]) == set(told["among"]["values"]) == {None}
    assert told["powerUsers"] == []
    assert told["timeOfDay"] is None
    assert all(cohort["cells"] == [] for cohort in told["more"]["cohorts"])
    reasons = {reason for _, _, reason in missing(answer.body)}
    assert {"It has nothing of 4 of 4 buckets.", "It has nothing of this cohort."} <= reasons


REFUSED: list[tuple[str, str]] = [
    (
        "engagement(name: DAU_GROWTH) { values }",
        "name: is known among the users of another cohort: name it by `among`. Allowed: TIME_SPENT, SESSION_COUNT.",
    ),
    ("engagement(name: TIME_SPENT, granularity: MONTH) { values }", "Allowed: DAY, WEEK."),
    (f'engagement(name: TIME_SPENT, granularity: DAY, among: "{OTHER}") {{ values }}', "Allowed: WEEK."),
    ('engagement(name: TIME_SPENT, among: "me") { values }', "among: must be the id of a cohort: cohort_ and 24"),
    ("retention(granularity: DAY) { averages }", "Allowed: WEEK, MONTH."),
    (
        'churn(period: {start: "2020-01-01", end: "2020-04-30"}) { values }',
        "period: holds no month that Sensor Tower tells of. Allowed: days from 2020-05-01 to 2026-03-11.",
    ),
    (
        'retention(period: {start: "2020-03-01", end: "2020-03-29"}) { averages }',
        "period: holds no week that Sensor Tower tells of. Allowed: days from 2020-03-30 to 2026-03-11.",
    ),
    ('powerUsers(period: {start: "2020-03-30", end: "2020-03-31"}) { date }', "Allowed: days from 2020-03-30"),
    ('engagement(name: TIME_SPENT, period: {start: "2027-01-01", end: "2027-02-01"}) { values }', "holds no week"),
]


@pytest.mark.parametrize(("field", "problem"), REFUSED, ids=[field for field, _ in REFUSED])
async def test_what_the_panel_cannot_tell_is_refused_before_a_call(
    vendor_gateway: Gateway, vendors: Sandbox, field: str, problem: str
) -> None:
    """Y1."""
    error = (await vendor_gateway.ask(of(field))).error
    assert error["extensions"]["code"] == "INVALID_PARAMETER"
    assert problem in error["message"]
    assert vendors.sensor_tower.calls == []


async def test_weeks_before_the_first_are_null_and_told(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    period = 'period: {start: "2020-03-16", end: "2020-04-12"}'
    answer = await vendor_gateway.ask(of(f"engagement(name: TIME_SPENT, {period}) {{ values }}"))
    values = answer.data["node"]["engagement"]["values"]
    assert [value is None for value in values] == [True, True, False, False]
    reason = "2 of 4 buckets begin before 2020-03-30, the first day that it tells of."
    assert ("SENSOR_TOWER", None, reason) in missing(answer.body)
    assert calls(vendors, "engagement_insights")[0]["start_date"] == ["2020-03-30"]


async def test_a_period_without_a_whole_bucket_is_null_and_told(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    answer = await vendor_gateway.ask(of('churn(period: {last: "mtd"}) { values }'))
    assert answer.data["node"]["churn"]["values"] == [None]
    assert missing(answer.body) == [
        ("SENSOR_TOWER", None, "1 of 1 buckets are not over, and it tells of whole ones alone.")
    ]
    assert vendors.sensor_tower.calls == []
