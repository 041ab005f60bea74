"""Hostile values in every place that takes one (rows 14, 29, 36 to 38, 41): text stays text, numbers stay in bounds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from json import dumps
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, get_named_type, is_introspection_type

from parallax.db import Database
from parallax.sandbox import server as sandbox
from parallax.sandbox.options import Options
from parallax.schema import schema
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.gateways import Gateway, running
from tests.hostile import connecting, rows, series, vendors
from tests.hostile.asking import REFUSED, asked, run, still_answers
from tests.plainly import everything, plainly
from tests.seeds import ADMIN, EDITOR, NORDLYS, NOTES, OPERATOR, seed_events
from tests.vendors.asking import connected, linked
from tests.vendors.conftest import TODAY

CLIENT, APP = f'client(id: "{NORDLYS}")', f'app(id: "{NOTES}")'
ERRORS = "userErrors { code field message }"
REPORT = {"app": f'"{NOTES}"', "user": '"ada"', "date": '"2026-03-02"', "activeMs": "1", "sessions": "1"}


def report(field: str) -> str:
    """A usageTrack of one row with the value in that field of it."""
    row = ", ".join(f"{name}: {'$x' if name == field else value}" for name, value in REPORT.items())
    return f'{{ usageTrack(client: "{NORDLYS}", reports: [{{ {row} }}]) {{ accepted rejected {{ code message }} {ERRORS} }} }}'


def activity(period: str) -> str:
    return f"{{ {CLIENT} {{ {APP} {{ activity(metric: USER_COUNT, period: {{ {period} }}) {{ total values }} }} }} }}"


PLACES = {
    **series.PLACES,
    **rows.PLACES,
    **connecting.PLACES,
    **vendors.PLACES,
    "Query.node.id": "($x: ID!) { node(id: $x) { id } }",
    "Query.nodes.ids": "($x: ID!) { nodes(ids: [$x]) { id } }",
    "Query.client.id": "($x: ID!) { client(id: $x) { name } }",
    "Query.clients.after": "($x: String) { clients(after: $x) { nodes { name } } }",
    "Viewer.role.client": "($x: ID!) { viewer { role(client: $x) } }",
    "Viewer.clients.after": "($x: String) { viewer { clients(after: $x) { nodes { name } } } }",
    "Client.app.id": f"($x: ID!) {{ {CLIENT} {{ app(id: $x) {{ name }} }} }}",
    "Client.apps.after": f"($x: String) {{ {CLIENT} {{ apps(after: $x) {{ nodes {{ name }} }} }} }}",
    "Client.apps.search": f"($x: String) {{ {CLIENT} {{ apps(search: $x) {{ totalCount nodes {{ name }} }} }} }}",
    "App.usageReports.user": f"($x: ID) {{ {CLIENT} {{ {APP} {{ usageReports(user: $x) {{ totalCount }} }} }} }}",
    "App.usageReports.after": f"($x: String) {{ {CLIENT} {{ {APP} {{ usageReports(after: $x) {{ totalCount }} }} }} }}",
    "Subscription.metricChanged.id": "subscription($x: ID!) { metricChanged(id: $x) { id } }",
    "PeriodInput.last": "($x: String) " + activity("last: $x"),
    "PeriodInput.start": "($x: Date) " + activity('start: $x, end: "2026-03-02"'),
    "PeriodInput.end": "($x: Date) " + activity('start: "2026-03-02", end: $x'),
    "Mutation.usageTrack.client": f"mutation($x: ID!) {{ usageTrack(client: $x, reports: []) {{ accepted {ERRORS} }} }}",
    "UsageReportInput.app": "mutation($x: ID!) " + report("app"),
    "UsageReportInput.user": "mutation($x: String!) " + report("user"),
    "UsageReportInput.date": "mutation($x: Date!) " + report("date"),
    "Mutation.tokenRevoke.id": f"mutation($x: ID!) {{ tokenRevoke(id: $x) {{ token {{ id }} {ERRORS} }} }}",
    **{
        f"{name[0].upper()}{name[1:]}Input.{field}": f"mutation($x: {kind}) {{ {name}(input: {{ {field}: $x{others} }}) "
        f"{{ {shown} {ERRORS} }} }}"
        for name, field, kind, others, shown in (
            ("clientCreate", "name", "String!", "", "client { name }"),
            ("clientCreate", "timeZone", "String", ', name: "New"', "client { timeZone }"),
            ("clientUpdate", "id", "ID!", ', name: "New"', "client { name }"),
            ("clientUpdate", "name", "String", f', id: "{NORDLYS}"', "client { name }"),
            ("clientUpdate", "timeZone", "String", f', id: "{NORDLYS}"', "client { timeZone }"),
            ("tokenCreate", "client", "ID!", ', role: VIEWER, name: "new"', "token { name }"),
            ("tokenCreate", "name", "String!", f', client: "{NORDLYS}", role: VIEWER', "token { name }"),
            (
                "tokenCreate",
                "expiresAt",
                "DateTime",
                f', client: "{NORDLYS}", role: VIEWER, name: "new"',
                "token { name }",
            ),
            ("appCreate", "client", "ID!", ', name: "New"', "app { name }"),
            ("appCreate", "name", "String!", f', client: "{NORDLYS}"', "app { name }"),
            ("appUpdate", "id", "ID!", ', name: "New"', "app { name }"),
            ("appUpdate", "name", "String", f', id: "{NOTES}"', "app { name }"),
        )
    },
}
"""Every place that takes a text: an operation with the variable `x` there."""

NUMBERS = {
    **series.NUMBERS,
    **rows.NUMBERS,
    **vendors.NUMBERS,
    "Query.clients.first": "($x: Int) { clients(first: $x) { nodes { name } } }",
    "Viewer.clients.first": "($x: Int) { viewer { clients(first: $x) { nodes { name } } } }",
    "Client.apps.first": f"($x: Int) {{ {CLIENT} {{ apps(first: $x) {{ nodes {{ name }} }} }} }}",
    "App.usageReports.first": f"($x: Int) {{ {CLIENT} {{ {APP} {{ usageReports(first: $x) {{ totalCount }} }} }} }}",
    "Subscription.metricChanged.everySeconds": 'subscription($x: Int) { metricChanged(id: "x", everySeconds: $x) { id } }',
    "UsageReportInput.activeMs": "mutation($x: Float!) " + report("activeMs"),
    "UsageReportInput.sessions": "mutation($x: Int!) " + report("sessions"),
}
BOUNDED = sorted(name for name in NUMBERS if name.endswith((".first", ".everySeconds", ".maxGroups", ".periods")))
SHORTER = {*(name for name in NUMBERS if name.endswith(".breakdown.first")), "Segment.users.first", *vendors.SHORTER}
"""Lists of which fewer than a thousand are given at once."""
PAGES = sorted(name for name in NUMBERS.keys() - SHORTER if name.endswith(".first"))

TEXTS = [
    "", " ", "\n", "null", "undefined", "0", "-1", "NaN", "true", "[]", "{}", "None",
    "' or 1=1 --", "'; drop table client; --", '"; select pg_sleep(9); --', "$1", "%s%n", "%", "_", "\\", "\\'", "E'\\x27'",
    "U&'\\0027'", "{{7*7}}", "${7*7}", "<script>alert(1)</script>", "`id`", "$(id)", "../../../../etc/passwd",
    "file:///etc/passwd", "http://169.254.169.254/", "a\r\nX-Injected: 1", "a\tb", "a\0b", "\0", "\x1b[31m", "\x7f", "\ufeff",
    "\u202egnp.exe", "\u200b", "\ufffe", "\uffff", "é" * 200, "e\u0301", "İ", "ß", "ﬀ", "𝔫𝔬𝔯𝔡", "👩‍👩‍👧‍👦" * 20, "x" * 100_000,
    "٣d", "1" * 5_000, "-7d", "0d", "9999999d", "2026-02-31", "0000-01-01", "10000-01-01", "2026-3-2", "2026-W10",
    "٢٠٢٦-٠٣-٠٢", "2026-03-02T00:00:00", "2026-03-02T23:59:60Z", "2026-03-02T00:00:00+99:99", "4713-01-01 BC", "infinity",
    "epoch", "A" * 65_537, "AQGPAAAAAHAAgAAAAAAAAAE" * 2, "00000000-0000-0000-0000-000000000000",
    "{018f0000-0000-7000-8000-000000000001}", "018F0000-0000-7000-8000-000000000001",
]  # fmt: skip


def taking(*kinds: str) -> set[str]:
    """The places of the schema that take a value of these scalars; those of an interface once, and not for each type."""
    found = set()
    for name, type_ in schema._schema.type_map.items():
        if is_introspection_type(type_):
            continue
        shared = {field for interface in getattr(type_, "interfaces", ()) for field in interface.fields}
        for field_name, field in getattr(type_, "fields", {}).items():
            if field_name in shared:
                continue
            if isinstance(type_, GraphQLInputObjectType):
                places = {f"{name}.{field_name}": field.type}
            else:
                places = {f"{name}.{field_name}.{argument}": each.type for argument, each in field.args.items()}
            found |= {place for place, kind in places.items() if get_named_type(kind).name in kinds}
    return found


def operation(text: str) -> str:
    return text if text.startswith(("mutation", "subscription")) else f"query{text}"


@asynccontextmanager
async def ground_of(cluster: Cluster, settings: Settings, template: str) -> AsyncIterator[Gateway]:
    async with cloned(cluster, settings, template) as urls:
        async with Database(settings, urls.reading, urls.writing) as db:
            await seed_events(db)
        async with running(settings, urls) as gateway:
            yield gateway


@pytest.fixture(scope="module")
async def ground(cluster: Cluster, settings: Settings, template: str) -> AsyncIterator[Gateway]:
    """What gets in here changes names and makes objects: in a database of its own."""
    async with ground_of(cluster, settings, template) as gateway:
        yield gateway


@pytest.fixture(scope="module")
async def linked_ground(cluster: Cluster, settings: Settings, template: str) -> AsyncIterator[Gateway]:
    """In which Notes is linked to the sandbox at every vendor, and nobody connects a client to anything else."""
    async with (
        sandbox.running(Options(now=TODAY)) as fakes,
        ground_of(cluster, connected(settings, fakes), template) as gateway,
    ):
        for link in vendors.LINKS:
            await linked(gateway, link)
        yield gateway


@pytest.fixture
def asked_of(place: str, ground: Gateway, linked_ground: Gateway) -> Gateway:
    """Whom a place is tried at."""
    return linked_ground if place in vendors.PLACES | vendors.NUMBERS else ground


def known_of(place: str) -> set[str]:
    """Codes of what is well formed and not there; a vendor says so itself."""
    return {"SOURCE_REJECTED"} if place in vendors.PLACES else {"NOT_FOUND"}


# ---------------------------------------------------------------- texts (row 29)
def test_row_29_every_place_that_takes_a_text_is_tried() -> None:
    assert set(PLACES) == taking("ID", "String", "Date", "DateTime")


@pytest.mark.parametrize("place", PLACES)
async def test_row_29_a_hostile_text_stays_a_text(asked_of: Gateway, cluster: Cluster, place: str) -> None:
    """It is refused by name, finds nothing, or is kept and given back letter by letter."""
    for text in TEXTS:
        told = await run(asked_of, operation(PLACES[place]), token=OPERATOR, then=False, x=text)
        assert told.codes <= REFUSED | known_of(place), (text, told.text[:500])
        assert told.status in (200, 400), text
        for payload in (told.data or {}).values() if "mutation" in PLACES[place] else ():
            assert {error["code"] for error in payload["userErrors"]} <= REFUSED | {"NOT_FOUND"}, text
            for kept in filter(lambda value: isinstance(value, dict), payload.values()):
                assert {"New", "new", text.strip()} & set(kept.values()), (text, kept)
    await still_answers(asked_of)
    async with plainly(cluster, asked_of.urls) as superuser:
        assert (await everything(superuser))["app_usage_reports"] > 0


@pytest.mark.parametrize("place", ["Client.apps.search", "App.usageReports.user"])
async def test_row_29_what_stands_for_any_letter_in_sql_stands_for_itself(gateway: Gateway, place: str) -> None:
    for wild in ("%", "_", "N%", "Not_s", "\\", "%%", ".*"):
        told = await run(gateway, operation(PLACES[place]), x=wild)
        assert '"totalCount":0' in told.text, wild


KINDS = ["1", "1.5", "true", "[]", "{}", "null", '["a","b"]', '{"a":1}', "1e999", '"\\ud800"']


@pytest.mark.parametrize("place", PLACES)
async def test_row_30_a_value_of_another_kind_is_refused_or_taken_for_its_text(asked_of: Gateway, place: str) -> None:
    for json in KINDS:
        told = await asked(asked_of, body(PLACES[place], json), token=OPERATOR, then=False)
        assert told.codes <= REFUSED | known_of(place), (json, told.text[:500])
    await still_answers(asked_of)


HOSTILE_JSON = [
    *KINDS, "-0.0", "1e308", "9007199254740993", "1" * 400, '"' + "x" * 100_000 + '"', '"\\u0000"', '"a\\u0000b"',
    "[null]", "[[]]", '[{"a":1}]', "[" + ",".join(["1"] * 10_000) + "]", "[" * 500 + "]" * 500, '{"a":' * 400 + "1" + "}" * 400,
    '"(?=a)"', '"(a+)+$"', '"(((((a{100}){100}){100}){100})"', '"a{1000}{1000}"', '"[[:alpha:]"', '"\\\\C"', '"\u202e"',
]  # fmt: skip


@pytest.mark.parametrize("operator", series.VALUES)
async def test_row_30_any_value_of_a_condition_is_refused_by_name_or_compared(ground: Gateway, operator: str) -> None:
    for json in HOSTILE_JSON:
        told = await asked(ground, body(series.VALUES[operator], json), then=False)
        assert told.codes <= REFUSED, (json[:100], told.text[:500])
        assert told.status in (200, 400), json[:100]
    await still_answers(ground)


def body(text: str, x: str) -> bytes:
    """A request with `x` as it stands, which need not be JSON."""
    return b'{"query": %s, "variables": {"x": %s}}' % (dumps(operation(text)).encode(), x.encode())


# ---------------------------------------------------------------- numbers (rows 14, 36, 38)
def test_row_38_every_place_that_takes_a_number_is_tried() -> None:
    assert set(NUMBERS) == taking("Int", "Float")


@pytest.mark.parametrize(
    "number", ["0", "-1", "3601", "2147483647", "-2147483648", "2147483648", "1.5", '"1"', "true", "1e3000", "[1]"]
)
@pytest.mark.parametrize("place", BOUNDED)
async def test_row_14_a_number_beyond_its_bounds_is_refused_and_never_cut(
    asked_of: Gateway, place: str, number: str
) -> None:
    told = await asked(asked_of, body(NUMBERS[place], number), token=EDITOR, then=False)
    assert told.codes == {"INVALID_PARAMETER"}, told.text
    assert "nodes" not in told.text
    literal = operation(NUMBERS[place]).replace("($x: Int)", "").replace("$x", number)
    assert (await run(asked_of, literal, token=EDITOR)).codes == {"INVALID_PARAMETER"}


@pytest.mark.parametrize("number", ["1", "1000", "null"])
@pytest.mark.parametrize("place", PAGES)
async def test_row_38_a_page_at_its_bounds_is_given(asked_of: Gateway, place: str, number: str) -> None:
    assert (await asked(asked_of, body(NUMBERS[place], number), token=EDITOR)).codes == set()


@pytest.mark.parametrize("number", ["-1", "-0.5", "1e308", "1e309", "NaN", "Infinity", '"1"', "true", "1" * 400])
@pytest.mark.parametrize("place", ["SecondsRangeInput.over", "SecondsRangeInput.upTo", "StoreApp.updates.days"])
async def test_row_36_a_span_that_cannot_be_is_refused(linked_ground: Gateway, place: str, number: str) -> None:
    told = await asked(linked_ground, body(NUMBERS[place], number), token=EDITOR)
    assert told.codes == {"INVALID_PARAMETER"} or told.status == 400, told.text[:500]


@pytest.mark.parametrize(
    "number", ["-1", "0.5", "2147483648", "1e13", "1e308", "1e309", "-0.0", "NaN", "Infinity", '"1"', "1" * 400]
)
@pytest.mark.parametrize("place", ["UsageReportInput.activeMs", "UsageReportInput.sessions"])
async def test_row_36_a_number_that_cannot_be_measured_is_never_kept(
    ground: Gateway, cluster: Cluster, place: str, number: str
) -> None:
    told = await asked(ground, body(NUMBERS[place].replace("ada", "never-before"), number), token=ADMIN)
    done = None if told.data is None else told.data["usageTrack"]
    kept = done is not None and not done["rejected"]
    # Minus zero is zero, and 2147483648 milliseconds are 25 days.
    allowed = number == "-0.0" or (number == "2147483648" and place.endswith("activeMs"))
    assert kept <= allowed
    assert (
        kept
        or told.codes == {"INVALID_PARAMETER"}
        or told.data["usageTrack"]["rejected"][0]["code"] == "INVALID_PARAMETER"
    )


# ---------------------------------------------------------------- days (rows 14, 37)
TOO_LONG: list[dict[str, Any]] = [
    {"last": "10y"}, {"last": "3650d"}, {"start": "2016-01-01", "end": "2025-12-31"},
    {"start": "0001-01-01", "end": "9999-12-30"},
]  # fmt: skip
NO_PERIODS: list[dict[str, Any]] = [
    {"start": "2026-02-30", "end": "2026-03-01"}, {"start": "2025-02-29", "end": "2025-03-01"},
    {"start": "0000-01-01", "end": "0000-01-02"}, {"start": "10000-01-01", "end": "10000-01-02"},
    {"start": "2026-03-02", "end": "2026-03-01"}, {"start": "٢٠٢٦-٠٣-٠٢", "end": "2026-03-03"},
    {"start": "9999-12-31", "end": "9999-12-31"}, {"start": None, "end": None}, {"start": "2026-03-01"},
    {"last": "7d", "end": "2026-03-01"}, {"last": "-7d"}, {"last": "٧d"}, {"last": "7d7d"}, {"last": "1e3d"}, {"last": None},
    {"last": "99999999999999999999d"}, {"period": "7d"},
]  # fmt: skip


@pytest.mark.parametrize("granularity", ["MINUTE", "HOUR", "DAY", "QUARTER"])
@pytest.mark.parametrize("period", TOO_LONG, ids=str)
async def test_row_14_ten_years_are_refused_whatever_the_buckets(
    gateway: Gateway, period: dict[str, Any], granularity: str
) -> None:
    text = f"""query($p: PeriodInput!, $g: Granularity!) {{ {CLIENT} {{ {APP} {{
        activity(metric: USER_COUNT, period: $p, granularity: $g) {{ values }} }} }} }}"""
    told = await run(gateway, text, p=period, g=granularity)
    assert told.codes <= REFUSED
    assert told.codes
    assert "values" not in told.text


@pytest.mark.parametrize("period", NO_PERIODS, ids=str)
async def test_row_37_a_period_that_is_none_is_refused(gateway: Gateway, period: dict[str, Any]) -> None:
    text = f"""query($p: PeriodInput!) {{ {CLIENT} {{ {APP} {{ usageReports(period: $p) {{ totalCount }}
        activity(metric: USER_COUNT, period: $p) {{ values }} }} }} }}"""
    told = await run(gateway, text, p=period)
    assert told.codes == {"INVALID_PARAMETER"}
    assert "values" not in told.text


# ---------------------------------------------------------------- more than a call takes (row 41)
async def test_row_41_a_hundred_thousand_rows_are_refused_as_a_whole(ground: Gateway, cluster: Cluster) -> None:
    row = {"app": str(NOTES), "user": "ada", "date": "2026-03-02", "activeMs": 1, "sessions": 1}
    text = (
        f'mutation($r: [UsageReportInput!]!) {{ usageTrack(client: "{NORDLYS}", reports: $r) {{ accepted {ERRORS} }} }}'
    )
    async with plainly(cluster, ground.urls) as superuser:
        before = await everything(superuser)
        told = await run(ground, text, token=ADMIN, r=[{**row, "user": f"new-{n}"} for n in range(100_000)])
        assert await everything(superuser) == before
    refused = told.codes or {error["code"] for error in told.data["usageTrack"]["userErrors"]}
    assert refused
    assert refused <= REFUSED


async def test_row_41_a_thousand_ids_are_refused_and_not_cut(gateway: Gateway) -> None:
    told = await run(gateway, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["x"] * 1_000)
    told.is_refused()
