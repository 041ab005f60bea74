"""What Sensor Tower's answers about apps of the stores mean, by the contract's own samples."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from parallax.errors import InvalidParameter, SourceQuota, SourceRejected
from parallax.links.keys import Store
from parallax.metrics.catalog import SourceSystem
from parallax.vendors.calling import MISSHAPEN
from parallax.vendors.known import VENDORS
from parallax.vendors.pieces import RECENT, SETTLED, STATIC, UNKEPT, Endpoint, Piece, Planned, Request
from parallax.vendors.sensor_tower.listings import LISTINGS, PURCHASES, SDKS
from parallax.vendors.sensor_tower.mapping import UNIFIED_APPS, Product
from parallax.vendors.sensor_tower.ranks import CATEGORY_HISTORY, RANKING_SUMMARY
from parallax.vendors.sensor_tower.search import API_USAGE, SEARCH_ENTITIES, Found, is_long_enough
from parallax.vendors.sensor_tower.stores import day_of, day_of_second, id_text, instant_of, number, publishers
from parallax.vendors.sensor_tower.terms import (
    TermKind,
    checked_chart,
    checked_countries,
    checked_country,
    checked_term,
    label,
    terms,
)
from parallax.vendors.sensor_tower.updates import UPDATES, VERSIONS
from parallax.vendors.sensor_tower.vendor import VENDOR
from parallax.vendors.vendor import Account, Reply, Usage

ACME, NOTES, COHORT = "65a1b2c3d4e5f60718293a4b", "1500000001", "cohort_0a1b2c3d4e5f60718293a4b5"
TODAY = date(2026, 3, 11)
IOS, ANDROID, UNIFIED = Store.IOS, Store.ANDROID, Store.UNIFIED


def call(endpoint: Endpoint, pieces: Sequence[Piece]) -> Planned:
    [planned] = endpoint.planned(pieces)
    return planned


def told(endpoint: Endpoint, pieces: Sequence[Piece], body: Any) -> list[Any]:
    parts: Mapping[Piece, Any] = endpoint.parts(call(endpoint, pieces), body)
    return [parts.get(piece) for piece in pieces]


# ---------------------------------------------------------------- 1.2 which ids belong together
ENTRY = {
    "unified_app_id": ACME, "name": "Acme Notes", "canonical_app_id": 1500000001, "cohort_id": COHORT,
    "itunes_apps": [{"app_id": 1500000001}], "android_apps": [{"app_id": "com.acme.notes"}],
    "unified_publisher_ids": ["5f0000000000000000000001"], "itunes_publisher_ids": [1400000009],
    "android_publisher_ids": ["Acme+Inc"],
}  # fmt: skip
PRODUCT = Product(
    ACME, "Acme Notes", NOTES, COHORT, (NOTES,), ("com.acme.notes",), ("5f0000000000000000000001",), ("1400000009",),
    ("Acme+Inc",),
)  # fmt: skip


@pytest.mark.parametrize(
    ("store", "key", "kind"),
    [(UNIFIED, ACME, "unified"), (IOS, NOTES, "itunes"), (ANDROID, "com.acme.notes", "android")],
)
def test_an_app_is_found_by_any_of_its_ids(store: Store, key: str, kind: str) -> None:
    piece = UNIFIED_APPS.piece(store, key)
    assert call(UNIFIED_APPS, [piece]).request == Request("/v1/unified/apps", (("app_id_type", kind), ("app_ids", key)))
    [part] = told(UNIFIED_APPS, [piece], {"apps": [ENTRY]})
    assert UNIFIED_APPS.read(part) == PRODUCT
    assert UNIFIED_APPS.read(orjson.loads(orjson.dumps(part))) == PRODUCT


def test_two_ids_of_one_product_have_one_entry_and_unknown_ones_none() -> None:
    """By the ids inside an entry, never by position."""
    both = ENTRY | {"itunes_apps": [{"app_id": 7}, {"app_id": 1500000001}]}
    pieces = [UNIFIED_APPS.piece(IOS, key) for key in (NOTES, "7", "8")]
    first, second, unknown = told(UNIFIED_APPS, pieces, {"apps": [both]})
    assert first == second
    assert unknown is None


def test_a_hundred_ids_of_a_kind_are_one_call() -> None:
    ids = [UNIFIED_APPS.piece(IOS, str(key)) for key in range(101)]
    assert [len(each.pieces) for each in UNIFIED_APPS.planned(ids)] == [100, 1]
    mixed = [UNIFIED_APPS.piece(IOS, NOTES), UNIFIED_APPS.piece(UNIFIED, ACME)]
    assert len(UNIFIED_APPS.planned(mixed)) == 2


# ---------------------------------------------------------------- 3.1, 3.2 what a store shows
PAGE = {
    "app_id": 1500000001, "name": "Acme Notes", "os": "ios", "publisher_name": "Acme Inc", "publisher_id": 1400000009,
    "categories": [6007], "rating": 4.4, "price": 0, "unified_app_id": ACME, "release_date": "2019-05-02T07:00:00Z",
    "humanized_worldwide_last_month_downloads": {
        "downloads": 40000, "downloads_rounded": 40, "prefix": None, "string": "40k", "units": "k"
    },
    "humanized_worldwide_last_month_revenue": {
        "prefix": "$", "revenue": 20000, "revenue_rounded": 20, "string": "$20k", "units": "k"
    },
}  # fmt: skip


def test_a_page_has_its_revenue_in_dollars_and_we_tell_cents() -> None:
    [part] = told(LISTINGS, [LISTINGS.piece(IOS, NOTES, "US")], {"apps": [PAGE]})
    assert part["last_month_revenue_cents"] == 2_000_000
    assert part["last_month_downloads"] == 40_000
    assert part["price_cents"] == 0
    assert part["categories"] == ["6007"]
    assert part["publisher_id"] == "1400000009"
    assert part["released_at"] == "2019-05-02T07:00:00+00:00"
    assert part["subtitle"] is None
    assert part["flags"] is None


def test_a_price_is_no_fraction_of_a_cent() -> None:
    [part] = told(LISTINGS, [LISTINGS.piece(IOS, NOTES, "US")], {"apps": [PAGE | {"price": 19.99}]})
    assert part["price_cents"] == 1999


def test_pages_of_a_hundred_apps_are_one_call_and_each_country_another() -> None:
    pieces = [LISTINGS.piece(ANDROID, f"com.acme.a{n}", "NO") for n in range(100)]
    asked = call(LISTINGS, pieces).request
    assert asked.path == "/v1/android/apps"
    assert dict(asked.parameters).keys() == {"app_ids", "country"}
    assert len(LISTINGS.planned([*pieces, LISTINGS.piece(ANDROID, "com.acme.a1", "SE")])) == 2


def test_sdks_are_asked_for_by_themselves() -> None:
    piece = SDKS.piece(IOS, NOTES, "US", include_sdk_data="true")
    assert dict(call(SDKS, [piece]).request.parameters) == {
        "app_ids": NOTES, "country": "US", "include_sdk_data": "true"
    }  # fmt: skip
    assert told(SDKS, [piece], {"apps": [PAGE | {"sdk_data": [{"name": "Firebase"}]}]}) == [[{"name": "Firebase"}]]


def test_what_is_bought_has_the_price_that_the_store_shows() -> None:
    body = {
        "apps": [
            {
                "app_id": 1500000001,
                "top_in_app_purchases": [
                    {"iap_id": 77, "name": "Pro yearly", "price": "$19.99", "duration": "P1Y"},
                    {"iap_id": 78, "name": "Coins", "price": "$0.99", "duration": None},
                ],
            }
        ]
    }
    piece = PURCHASES.piece(IOS, NOTES, "US")
    assert call(PURCHASES, [piece]).request.path == "/v1/ios/apps/top_in_app_purchases"
    assert told(PURCHASES, [piece], body) == [
        [
            {"key": "77", "name": "Pro yearly", "price": "$19.99", "duration": "P1Y"},
            {"key": "78", "name": "Coins", "price": "$0.99", "duration": None},
        ]
    ]


# ---------------------------------------------------------------- 6 ranks
MIDNIGHT = 1769990400  # 2026-02-02
SERIES = {
    "graphData": [[MIDNIGHT, 41], [MIDNIGHT + 86400 + 3600 * 7, None, "more"]], "todays_rank": 39, "name": "Acme Notes",
    "humanized_app_name": "Acme Notes",
}  # fmt: skip
HISTORY = {NOTES: {"NO": {"6007": {"topfreeapplications": SERIES}}}, "lines": []}
DAYS = [date(2026, 2, 2) + timedelta(n) for n in range(3)]


def ranks(days: Sequence[date] = DAYS, *, hourly: bool = False, **more: str) -> list[Piece]:
    given = {"key": NOTES, "country": "NO", "category": "6007", "chart": "topfreeapplications"} | more
    return [CATEGORY_HISTORY.piece(IOS, day=day, hourly=hourly, **given) for day in days]


def test_ranks_are_by_day_though_their_times_are_not_midnight() -> None:
    assert told(CATEGORY_HISTORY, ranks(), HISTORY) == [41, None, None]
    assert dict(call(CATEGORY_HISTORY, ranks()).request.parameters) == {
        "category": "6007", "app_ids": NOTES, "countries": "NO", "chart_type_ids": "topfreeapplications",
        "start_date": "2026-02-02", "end_date": "2026-02-04",
    }  # fmt: skip


def test_ranks_by_hour_stand_under_their_hour() -> None:
    series = {"graphData": [[MIDNIGHT + 3600 * hour, 40 + hour] for hour in range(24)]}
    body = {NOTES: {"NO": {"6007": {"topfreeapplications": series}}}}
    first, *_ = told(CATEGORY_HISTORY, ranks(hourly=True), body)
    assert first == {str(hour): 40 + hour for hour in range(24)}
    assert dict(call(CATEGORY_HISTORY, ranks(hourly=True)).request.parameters)["is_hourly"] == "true"


def test_apps_countries_and_charts_share_a_call_and_categories_do_not() -> None:
    joined = [*ranks(), *ranks(key="7"), *ranks(country="SE"), *ranks(chart="toppaidapplications")]
    assert dict(call(CATEGORY_HISTORY, joined).request.parameters)["countries"] == "NO,SE"
    assert len(CATEGORY_HISTORY.planned([*ranks(), *ranks(category="0")])) == 2
    many = [piece for n in range(31) for piece in ranks(key=str(n))]
    assert [len(dict(each.request.parameters)["app_ids"].split(",")) for each in CATEGORY_HISTORY.planned(many)] == [
        30,
        1,
    ]


def test_ranks_of_days_that_are_over_are_kept() -> None:
    [old, yesterday, today] = ranks([TODAY - timedelta(2), TODAY - timedelta(1), TODAY])
    assert [CATEGORY_HISTORY.life(piece, TODAY) for piece in (old, yesterday, today)] == [SETTLED, RECENT, RECENT]


def test_ranks_of_today_are_of_one_app_in_one_country() -> None:
    piece = RANKING_SUMMARY.piece(ANDROID, "com.acme.notes", "NO")
    assert call(RANKING_SUMMARY, [piece]).request == Request(
        "/v1/android/category/category_ranking_summary", (("app_id", "com.acme.notes"), ("country", "NO"))
    )
    body = [
        {"chart_type_id": "topfreeapplications", "category_id": 6007, "rank": 39},
        {"chart_type_id": "topgrossingapplications", "category_id": "business", "rank": None},
    ]
    assert told(RANKING_SUMMARY, [piece], body) == [
        [
            {"category": "6007", "chart": "topfreeapplications", "rank": 39},
            {"category": "business", "chart": "topgrossingapplications", "rank": None},
        ]
    ]


# ---------------------------------------------------------------- 12 updates
def test_updates_stand_in_a_list_of_pairs() -> None:
    changes = {
        "version": {"before": "2.3", "after": "2.4"},
        "summary": {"before": "Fixes", "after": "Dark mode"},
        "price": 3,
    }
    body = {
        "app_id": 1500000001,
        "update_data": [["2026-01-01T00:00:00Z", {"icon": {"after": "b"}}], ["2026-02-01 00:00:00 UTC", changes]],
    }
    piece = UPDATES.piece(IOS, NOTES, "US", date_limit="60")
    assert dict(call(UPDATES, [piece]).request.parameters) == {"app_id": NOTES, "country": "US", "date_limit": "60"}
    assert told(UPDATES, [piece], body) == [
        [
            {
                "at": "2026-02-01T00:00:00+00:00",
                "changes": [
                    {"kind": "version", "before": "2.3", "after": "2.4"},
                    {"kind": "summary", "before": "Fixes", "after": "Dark mode"},
                    {"kind": "price", "before": None, "after": 3},
                ],
            },
            {"at": "2026-01-01T00:00:00+00:00", "changes": [{"kind": "icon", "before": None, "after": "b"}]},
        ]
    ]


def test_versions_stand_in_an_object_by_date() -> None:
    body = {
        "update_data": {
            "2025-12-01Z": {"version_name": "2.3"},
            "2026-02-01 00:00:00 UTC": {"before": "2.3", "after": "2.4", "version_summary": "Dark mode"},
            "2025-11-01": {"name": "2.2"},
        }
    }
    [part] = told(VERSIONS, [VERSIONS.piece(IOS, NOTES, "US")], body)
    assert [(each["at"][:10], each["version"], each["previous"], each["notes"]) for each in part] == [
        ("2026-02-01", "2.4", "2.3", "Dark mode"),
        ("2025-12-01", "2.3", None, None),
        ("2025-11-01", "2.2", None, None),
    ]


# ---------------------------------------------------------------- 1.2 search, use of the quota
def test_what_a_search_finds_is_read_in_any_shape() -> None:
    row = {"app_id": ACME, "name": "Acme Notes", "publisher_name": "Acme Inc"}
    piece = SEARCH_ENTITIES.piece(UNIFIED, "app", "acme")
    assert call(SEARCH_ENTITIES, [piece]).request == Request(
        "/v1/unified/search_entities", (("entity_type", "app"), ("term", "acme"), ("limit", "250"))
    )
    for body in ([row], {"data": [row]}, [{"id": ACME, "name": "Acme Notes", "publisher_name": "Acme Inc"}]):
        [part] = told(SEARCH_ENTITIES, [piece], body)
        assert SEARCH_ENTITIES.read(UNIFIED, part) == [Found(UNIFIED, ACME, "Acme Notes", "Acme Inc")]


def test_what_both_stores_find_is_told_apart_by_its_ids() -> None:
    piece = SEARCH_ENTITIES.piece(None, "publisher", "acme")
    rows = [{"publisher_id": 1400000009, "publisher_name": "Acme Inc"}, {"publisher_id": "Acme, Inc"}]
    [part] = told(SEARCH_ENTITIES, [piece], rows)
    assert SEARCH_ENTITIES.read(None, part) == [
        Found(IOS, "1400000009", "Acme Inc", "Acme Inc"),
        Found(ANDROID, "Acme, Inc", None, None),
    ]
    assert call(SEARCH_ENTITIES, [piece]).request.path == "/v1/both_stores/search_entities"


@pytest.mark.parametrize(
    ("term", "enough"), [("ab", False), ("abc", True), ("éà", False), ("微信", True), ("微", False)]
)
def test_a_term_has_three_latin_letters_or_two_others(term: str, enough: bool) -> None:
    assert is_long_enough(term) is enough


def test_the_use_of_the_quota_is_told_and_not_kept() -> None:
    body = {"organization": {"limit": 10000, "usage": 37, "tier": "standard"}, "user": {"usage": 12}}
    piece = API_USAGE.piece()
    assert call(API_USAGE, [piece]).request == Request("/v1/api_usage", ())
    assert told(API_USAGE, [piece], body) == [{"limit": 10000, "used": 37, "used_by_user": 12, "tier": "standard"}]
    assert API_USAGE.life(piece, TODAY) == UNKEPT
    assert call(API_USAGE, [API_USAGE.piece(TODAY)]).request.parameters == (("date", "2026-03-11"),)


def test_names_pages_and_words_are_kept_for_a_day() -> None:
    assert {
        LISTINGS.life(LISTINGS.piece(IOS, NOTES, "US"), TODAY),
        UNIFIED_APPS.life(UNIFIED_APPS.piece(IOS, NOTES), TODAY),
        SEARCH_ENTITIES.life(SEARCH_ENTITIES.piece(IOS, "app", "acme"), TODAY),
    } == {STATIC}


@pytest.mark.parametrize(
    ("endpoint", "pieces", "body"),
    [
        (UNIFIED_APPS, [UNIFIED_APPS.piece(IOS, NOTES)], [ENTRY]),
        (UNIFIED_APPS, [UNIFIED_APPS.piece(IOS, NOTES)], {"apps": [{"name": "Acme"}]}),
        (LISTINGS, [LISTINGS.piece(IOS, NOTES, "US")], {"apps": [PAGE | {"rating": "good"}]}),
        (LISTINGS, [LISTINGS.piece(IOS, NOTES, "US")], {"apps": [PAGE | {"categories": "6007"}]}),
        (LISTINGS, [LISTINGS.piece(IOS, NOTES, "US")], {"apps": [PAGE | {"active": "yes"}]}),
        (LISTINGS, [LISTINGS.piece(IOS, NOTES, "US")], {"error": "Something inside"}),
        (
            PURCHASES,
            [PURCHASES.piece(IOS, NOTES, "US")],
            {"apps": [{"app_id": 1500000001, "top_in_app_purchases": [{}]}]},
        ),
        (CATEGORY_HISTORY, ranks(), []),
        (CATEGORY_HISTORY, ranks(), {NOTES: {"NO": {"6007": {"topfreeapplications": {"graphData": [[1]]}}}}}),
        (RANKING_SUMMARY, [RANKING_SUMMARY.piece(IOS, NOTES, "NO")], {"error": "Something inside"}),
        (UPDATES, [UPDATES.piece(IOS, NOTES, "US", date_limit="10")], {"update_data": {"2026-02-01": {}}}),
        (VERSIONS, [VERSIONS.piece(IOS, NOTES, "US")], {"update_data": [["2026-02-01", {}]]}),
        (SEARCH_ENTITIES, [SEARCH_ENTITIES.piece(IOS, "app", "acme")], {"error": "Something inside"}),
        (API_USAGE, [API_USAGE.piece()], {"organization": {}}),
    ],
)
def test_an_answer_of_another_shape_is_no_answer(endpoint: Endpoint, pieces: list[Piece], body: Any) -> None:
    with pytest.raises(MISSHAPEN):
        endpoint.parts(call(endpoint, pieces), body)


# ---------------------------------------------------------------- 2 who it is
def reply(status: int, body: Any = None, **headers: str) -> Reply:
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, orjson.dumps(body))


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (401, {"error": "Invalid authentication token."}, "it is wrong, or the organisation has no subscription"),
        (403, {"error": "Your API token is not authorized."}, "has expired or was withdrawn"),
        (422, {"errors": [{"title": "Required parameter: app_ids is missing"}]}, "app_ids is missing"),
        (422, {"errors": {"title": "start_date must be first", "parameter": "start_date"}}, "start_date must be first"),
        (422, "<html>", "refuses the question."),
    ],
)
def test_each_refusal_has_its_own_message(status: int, body: Any, says: str) -> None:
    failure = VENDOR.failure(reply(status, body))
    assert isinstance(failure, SourceRejected)
    assert says in failure.message


def test_a_token_that_was_good_before_lacks_a_subscription() -> None:
    failure = VENDOR.failure_of_known(reply(401, {}))
    assert failure is not None
    assert "no subscription to these data" in failure.message
    assert VENDOR.failure_of_known(reply(403, {})) is None


def test_too_fast_is_told_from_a_month_that_is_used_up() -> None:
    fast = VENDOR.failure(reply(429, {}, x_api_usage_limit="2000", x_api_usage_count="7", retry_after="3"))
    spent = VENDOR.failure(reply(429, {}, x_api_usage_limit="2000", x_api_usage_count="2000"))
    assert isinstance(fast, SourceQuota)
    assert isinstance(spent, SourceQuota)
    assert (fast.retry_after_s, spent.retry_after_s) == (3, 3600)
    assert "this month" in spent.message
    assert "this month" not in fast.message


def test_every_answer_tells_the_quota() -> None:
    assert VENDOR.usage(reply(200, [], x_api_usage_limit="2000", x_api_usage_count="7")) == Usage(2000, 7)
    assert VENDOR.usage(reply(200, [])) is None
    assert VENDOR.usage(reply(200, [], x_api_usage_limit="many", x_api_usage_count="7")) is None


def test_the_token_stands_in_the_address_and_nowhere_else() -> None:
    account = Account(
        SourceSystem.SENSOR_TOWER, "a", "https://api.sensortower.com", {"auth_token": SecretStr("s3cret")}
    )
    asked = Request("/v1/ios/apps", (("app_ids", NOTES),))
    signed = VENDOR.sign(account, asked, datetime.now(UTC))
    assert signed.parameters == (("app_ids", NOTES), ("auth_token", "s3cret"))
    assert not signed.headers
    assert "s3cret" not in repr(account)
    assert VENDOR in VENDORS


# ---------------------------------------------------------------- how it writes, and its words
@pytest.mark.parametrize(
    "text",
    ["2026-02-01", "2026-02-01Z", "2026-02-01T00:00:00Z", "2026-02-01 00:00:00 UTC", "2026-02-01T01:00:00+01:00"],
)
def test_days_are_written_in_many_ways(text: str) -> None:
    assert instant_of(text) == datetime(2026, 2, 1, tzinfo=UTC)
    assert day_of(text) == day_of_second(instant_of(text).timestamp() + 3600) == date(2026, 2, 1)


def test_numbers_may_be_texts_and_ids_numbers() -> None:
    assert [number("12"), number(1.5), number(None)] == [12.0, 1.5, None]
    assert [id_text(1500000001), id_text("com.acme.notes")] == [NOTES, "com.acme.notes"]
    stranges: list[Any] = [True, 1.5, None, []]
    for strange in stranges:
        with pytest.raises(TypeError):
            id_text(strange)


def test_a_publisher_may_have_a_comma() -> None:
    assert publishers(["Acme, Inc", "Birch"]) == (("publisher_ids[]", "Acme, Inc"), ("publisher_ids[]", "Birch"))


def test_each_kind_has_its_words() -> None:
    assert {kind: len(terms(kind)) > 3 for kind in TermKind} == dict.fromkeys(TermKind, True)
    assert label(TermKind.CATEGORY, IOS, "6007") == label(TermKind.CATEGORY, ANDROID, "productivity") == "Productivity"
    assert label(TermKind.CATEGORY, IOS, "6999") is None
    assert set(terms(TermKind.CHART, IOS)).isdisjoint(terms(TermKind.CHART, ANDROID))
    assert terms(TermKind.COUNTRY)["NO"] == "Norway"


@pytest.mark.parametrize(
    ("argument", "value", "kind", "store", "allowed"),
    [
        ("category", "cooking", TermKind.CATEGORY, IOS, "market.terms(kind: CATEGORY)"),
        ("category", "6007", TermKind.CATEGORY, ANDROID, "market.terms(kind: CATEGORY)"),
        ("network", "admob", TermKind.NETWORK, None, "Admob, Applovin"),
        ("country", "XX", TermKind.COUNTRY, None, "market.terms(kind: COUNTRY)"),
    ],
)
def test_a_word_that_is_none_is_refused_with_those_that_are(
    argument: str, value: str, kind: TermKind, store: Store | None, allowed: str
) -> None:
    with pytest.raises(InvalidParameter, match=f"^{argument}: ") as refused:
        checked_term(argument, value, kind, store)
    assert allowed in refused.value.message
    assert refused.value.details == {argument: value}


def test_countries_are_taken_in_either_case_and_once() -> None:
    assert checked_countries("countries", ["no", "SE", "NO"]) == ("NO", "SE")
    assert checked_country("country", "ww", worldwide=True) == "WW"
    with pytest.raises(InvalidParameter, match="not told worldwide"):
        checked_country("country", "WW")
    with pytest.raises(InvalidParameter, match="is empty"):
        checked_countries("countries", [])


def test_a_chart_that_is_new_is_passed_on() -> None:
    assert checked_chart("chart", "topnewapplications", IOS) == "topnewapplications"
    with pytest.raises(InvalidParameter, match="topfreeapplications"):
        checked_chart("chart", "free", IOS)
