"""Operations that are too much, or none (rows 7 to 14): refused with a code, before they cost anything."""

import json
from typing import Any

import pytest
from graphql import get_introspection_query

from tests.gateways import Gateway, running
from tests.hostile.asking import asked, run, sound
from tests.seeds import NORDLYS, NOTES, VIEWER

CLIENT, APP = f'client(id: "{NORDLYS}")', f'app(id: "{NOTES}")'
ARGS = "name description args { name description type { name kind } }"
SERIES = '(metric: USER_COUNT, period: {last: "7d"})'


def many(template: str, count: int) -> str:
    """The template once for each number, in place of §."""
    return " ".join(template.replace("§", str(number)) for number in range(count))


def nested(opening: str, inside: str, closing: str, depth: int) -> str:
    return opening * depth + inside + closing * depth


def fragments(count: int, spreads: int) -> str:
    """Each spreads the next so many times: spreads to the power of count fields."""
    chain = (f"fragment F{n} on Query {{ {f'...F{n + 1} ' * spreads} }}" for n in range(count))
    return f"{{ ...F0 }} {' '.join(chain)} fragment F{count} on Query {{ viewer {{ name }} }}"


def ring(count: int) -> str:
    return "{ ...F0 } " + " ".join(f"fragment F{n} on Query {{ ...F{(n + 1) % count} }}" for n in range(count))


REFUSED = {
    "7 sixty levels": "{ " + CLIENT + nested(" { " + APP + " { client", " { id }", " } }", 60) + " }",
    "7 twenty thousand braces": nested("{", "", "}", 20_000),
    "7 braces that never close": "{a" * 20_000,
    "7 lists in lists": "{ nodes(ids: " + nested("[", "", "]", 10_000) + ") { id } }",
    "7 objects in objects": "{ node(id: " + nested("{a:", "1", "}", 10_000) + ") { id } }",
    "7 types of lists of lists": "query($x: " + nested("[", "ID", "]", 10_000) + ") { viewer { name } }",
    "7 inline fragments in each other": "{ " + nested("... { ", "viewer { name }", " }", 2_000) + " }",
    "7 directives with nested values": "{ viewer @skip(if: " + nested("[", "true", "]", 5_000) + ") { name } }",
    "8 aliases": "{ " + many("a§: __typename", 10_000) + " }",
    "8 aliases within the tokens": "{ " + many("a§: __typename", 900) + " }",
    "8 metrics": f"{{ {CLIENT} {{ {APP} {{ " + many(f"m§: activity{SERIES} {{ total }}", 1_000) + " } } }",
    "8 clients": "{ " + many('c§: client(id: "§") { id }', 1_000) + " }",
    "8 tokens": "{ " + "a " * 100_000 + "}",
    "8 tokens in one value": "{ nodes(ids: [" + '"x" ' * 50_000 + "]) { id } }",
    "8 a name of 200 kB": "{ viewer { " + "x" * 200_000 + ": name } }",
    "8 directives": "{ viewer " + "@include(if: true) " * 5_000 + "{ name } }",
    "8 directives nobody knows": "{ viewer { name " + many("@d§", 1_400) + " } }",
    "8 directives on the operation": "query " + many("@d§", 1_400) + " { viewer { name } }",
    "9 a fragment that spreads itself": "{ ...F } fragment F on Query { viewer { name } ...F }",
    "9 a ring of fragments": ring(300),
    "9 a ring through a field": "{ clients { nodes { ...F } } } fragment F on Client { app(id: 1) { client { ...F } } }",
    "9 ten to the twelfth": fragments(12, 10),
    "9 two to the hundredth": fragments(100, 2),
    "9 fragments that nobody spreads": "{ viewer { name } } " + many("fragment F§ on Query { viewer { name } }", 300),
    "10 equal fields": "{ " + "__typename " * 20_000 + "}",
    "10 equal fields within the tokens": "{ " + "viewer { name } " * 740 + "}",
    "10 overlapping fields": "{ " + many('client(id: "§") { id }', 2_000) + " }",
    "10 overlapping fields within the tokens": "{ " + many('client(id: "§") { id }', 290) + " }",
    "10 overlapping fragments": "{ " + many("...F§", 200) + " } "
    + many('fragment F§ on Query { client(id: "§") { id } }', 200),
    "10 variables": "query(" + many("$a§: Int", 50_000) + ") { viewer { name } }",
    "10 variables within the tokens": "query(" + many("$a§: Int", 740) + ") { viewer { name } }",
    "10 fields that are not there": "{ " + many("x§", 2_900) + " }",
    "10 arguments that are not there": "{ viewer(" + many("x§: 1", 900) + ") { name } }",
    "10 operations": many("query Q§ { viewer { name } }", 400),
    "12 an integer of 5,000 digits": "{ clients(first: " + "9" * 5_000 + ") { nodes { id } } }",
    "12 a negative one": "{ clients(first: -" + "9" * 5_000 + ") { nodes { id } } }",
    "12 an exponent": "{ clients(first: 1e999999) { nodes { id } } }",
    "12 a fraction of 5,000 digits": "{ clients(first: 0." + "9" * 5_000 + ") { nodes { id } } }",
    "12 an integer for a text": "{ node(id: 1e5) { id } }",
    "12 NUL": "{ viewer { name } }\0",
    "12 NUL in a name": "{ view\0er { name } }",
    "12 a code point that there is not": '{ node(id: "\\u{110000}") { id } }',
    "12 an endless code point": '{ node(id: "\\u{' + "1" * 5_000 + '}") { id } }',
    "12 half a pair, escaped": '{ node(id: "\\ud800") { id } }',
    "12 half a pair, in braces": '{ node(id: "\\u{d800}") { id } }',
    "12 a text that never ends": '{ node(id: "' + "x" * 1_000,
    "12 a block that never ends": '{ node(id: """' + "x\n" * 1_000,
    "12 a byte order mark alone": "\ufeff",
    "12 blanks alone": " \n\t,,,",
    "12 a comment alone": "# nothing",
    "12 a type of one's own": "type Query { viewer: String }",
    "12 an operation and a type": "{ viewer { name } } extend type Query { x: Int }",
    "13 introspection in a circle": "{ __schema { types " + nested("{ fields { type ", "{ name }", " } }", 12) + " } }",
    "13 interfaces in a circle": "{ __schema { types "
    + nested("{ interfaces { possibleTypes ", "{ name }", " } }", 10) + " } }",
    "13 introspection, wide": "{ " + many(f"s§: __schema {{ types {{ name fields {{ {ARGS} }} }} }}", 99) + " }",
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
async def test_an_operation_that_is_too_much_is_refused(gateway: Gateway, text: str) -> None:
    told = await run(gateway, text)
    told.is_refused()
    assert len(told.text) < 20_000


@pytest.mark.parametrize("name", ["9 ten to the twelfth", "12 NUL", "7 sixty levels", "13 introspection in a circle"])
async def test_by_get_it_is_refused_as_well(gateway: Gateway, name: str) -> None:
    headers = {"authorization": f"Bearer {VIEWER}"}
    sound(await gateway.http.get("/graphql", params={"query": REFUSED[name]}, headers=headers)).is_refused()


async def test_it_is_refused_as_well_the_thousandth_time(gateway: Gateway) -> None:
    """A refused text is kept with its errors: that neither grows nor turns into an answer."""
    headers = {"authorization": f"Bearer {VIEWER}"}
    texts = [
        REFUSED[name]
        for name in ("8 aliases within the tokens", "9 ten to the twelfth", "10 fields that are not there")
    ]
    first = [len((await run(gateway, text)).text) for text in texts]
    for number in range(1_000):
        await gateway.http.post("/graphql", json={"query": texts[number % 3]}, headers=headers)
    assert [len((await run(gateway, text)).text) for text in texts] == first


async def test_row_10_an_answer_lists_a_hundred_errors_at_most(gateway: Gateway) -> None:
    """Three apps with fifty series each, all of them of too many days."""
    wrong = '(metric: USER_COUNT, period: {start: "2025-01-01", end: "2026-03-01"})'
    told = await run(
        gateway, f"{{ {CLIENT} {{ apps {{ nodes {{ " + many(f"m§: activity{wrong} {{ total }}", 50) + " } } } }"
    )
    assert told.codes == {"INVALID_PARAMETER"}
    assert len(told.errors) == 100
    assert len(told.data["client"]["apps"]["nodes"]) == 3


@pytest.mark.parametrize(
    "variables",
    [
        '{"n": ' + "9" * 5_000 + "}",
        '{"n": -' + "9" * 5_000 + "}",
        '{"n": 1e999999}',
        '{"n": 1e400}',
        '{"n": NaN}',
        '{"n": Infinity}',
        '{"n": ' + "[" * 5_000 + "]" * 5_000 + "}",
        '{"n": ' + '{"a":' * 5_000 + "1" + "}" * 5_000 + "}",
        '{"n": "\\ud800"}',
        '{"\\ud800": 1}',
        '{"n": 5' + "".join(f',"x{n}": 1' for n in range(50_000)) + "}",
        '{"n": 1, "n": "one"}',
        '{"__proto__": {"n": 1}, "constructor": 1, "n": []}',
    ],
    ids=lambda text: text[:20],
)
async def test_row_12_variables_that_are_none_are_refused_or_left_alone(gateway: Gateway, variables: str) -> None:
    query = "query($n: Int) { clients(first: $n) { nodes { name } } }"
    told = await asked(gateway, f'{{"query": "{query}", "variables": {variables}}}'.encode())
    if told.codes:
        told.is_refused()
    else:
        assert told.data == {"clients": {"nodes": [{"name": "Nordlys"}]}}


LIKELY = {
    "introspection": {"query": "{ __schema { types { name fields { name } } } }"},
    "one type": {"query": '{ __type(name: "Query") { fields { name } } }'},
    "__typename": {"query": "{ __typename }"},
    "a misspelt field": {"query": "{ viewr { name } }"},
    "a misspelt argument": {"query": "{ clients(frst: 1) { nodes { id } } }"},
    "a misspelt type": {"query": "{ node(id: 1) { ... on Ap { id } } }"},
    "a syntax error": {"query": "{"},
    "tracing": {"query": "{ viewer { name } }", "extensions": {"tracing": True, "explain": True, "cost": True}},
    "a persisted query": {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}},
    "a stored one": {"documentId": "x"},
    "nothing": {},
    "a batch": [{"query": "{ viewer { name } }"}],
}


@pytest.mark.parametrize("body", LIKELY.values(), ids=LIKELY)
async def test_row_13_without_a_token_every_question_has_the_same_answer(gateway: Gateway, body: object) -> None:
    """What a scanner could learn by asking is that there is a door."""
    told = await asked(gateway, body, token=None)
    assert told.status == 401
    assert told.codes == {"UNAUTHENTICATED"}
    [error] = told.errors
    del error["extensions"]["requestId"]
    assert json.dumps(error) == json.dumps(
        {
            "message": "No token: send `Authorization: Bearer <token>` (`parallax token create` makes one).",
            "extensions": {"code": "UNAUTHENTICATED"},
        }
    )
    assert not {"traceparent", "server-timing", "server", "x-powered-by"} & told.headers.keys()


async def test_row_13_introspection_as_tools_send_it_passes(gateway: Gateway) -> None:
    text = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    told = await run(gateway, text)
    assert told.codes == set()
    assert told.data["__schema"]["queryType"]["name"] == "Query"


# ---------------------------------------------------------------- batches (row 11)
ONE: dict[str, Any] = {"query": "{ viewer { name } }"}
BATCHES: dict[str, list[Any]] = {
    "of none": [], "of one": [ONE], "of a thousand": [ONE] * 1_000, "of lists": [[[]]], "of numbers": [1, 2],
    "of nothing": [None], "of a good one and another": [ONE, "x"], "of empty ones": [{}, {}],
}  # fmt: skip


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
async def test_row_11_a_batch_where_there_are_none_is_refused(gateway: Gateway, batch: list[Any]) -> None:
    (await asked(gateway, batch)).is_refused("INVALID_PARAMETER")


@pytest.mark.parametrize("name", [name for name in BATCHES if name != "of one"])
async def test_row_11_a_batch_that_is_none_is_refused_whole(gateway: Gateway, name: str) -> None:
    """Its good parts are not run either."""
    async with running(gateway.settings.model_copy(update={"batch": 10}), gateway.urls) as batching:
        (await asked(batching, BATCHES[name])).is_refused("INVALID_PARAMETER")
