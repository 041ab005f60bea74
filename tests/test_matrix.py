"""Who may see and change what: a decision for every field of the graph and every caller, and each one tried.

Everything is asked of Nordlys. A field or mutation without a decision fails here, as does a decision without its field.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import orjson
import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type, is_introspection_type

from parallax.db import Owner
from parallax.ids import GlobalId, canonical, encode, parse
from parallax.schema import schema
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.gateways import Answer, Gateway, listening, running
from tests.plainly import plainly
from tests.seeds import ADMIN, EDITOR, EXPIRED, NORDLYS, NOTES, OPERATOR, STRANGER, TOKENS, VIEWER

CALLERS = {"viewer": VIEWER, "editor": EDITOR, "admin": ADMIN, "stranger": STRANGER, "operator": OPERATOR}
"""The first three have that role for Nordlys; the stranger is ADMIN of another client. Who has no token gets a 401."""

SHOWN = "shown"
ABSENT = "absent"  # null and no error, as for what does not exist; or what it hangs on is so
DONE = "done"
FORBIDDEN, NOT_FOUND = "FORBIDDEN", "NOT_FOUND"  # null with the error at its path; of a mutation: its userErrors


class Decision(NamedTuple):
    viewer: str
    editor: str
    admin: str
    stranger: str
    operator: str = SHOWN


EVERYONE = Decision(SHOWN, SHOWN, SHOWN, SHOWN)
OWN = Decision(SHOWN, SHOWN, SHOWN, ABSENT)
SENDERS = Decision(ABSENT, SHOWN, SHOWN, ABSENT)
REFUSED_BELOW_ADMIN = Decision(FORBIDDEN, FORBIDDEN, SHOWN, ABSENT)
UNSEEN_BELOW_ADMIN = Decision(ABSENT, ABSENT, SHOWN, ABSENT)
NOBODY_YET = Decision(ABSENT, ABSENT, ABSENT, ABSENT, ABSENT)
FOLLOWED = Decision(SHOWN, SHOWN, SHOWN, NOT_FOUND)
CHANGED_BY_EDITOR = Decision(FORBIDDEN, DONE, DONE, NOT_FOUND, DONE)
CHANGED_BY_ADMIN = Decision(FORBIDDEN, FORBIDDEN, DONE, NOT_FOUND, DONE)
CHANGED_BY_OPERATOR = Decision(FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, DONE)
OUTCOME = Decision(*["as its mutation"] * 5)  # what a mutation gives who may; null, 0 or empty for the others

DECISIONS: dict[str, dict[Decision, str]] = {
    "Query": {EVERYONE: "viewer clients metricCatalog", OWN: "node nodes client"},
    "Mutation": {
        CHANGED_BY_OPERATOR: "clientCreate",
        CHANGED_BY_ADMIN: "clientUpdate tokenCreate tokenRevoke appCreate appUpdate",
        CHANGED_BY_EDITOR: "usageTrack",
    },
    "Subscription": {FOLLOWED: "metricChanged"},
    # Whoever asks, of the caller alone.
    "Viewer": {EVERYONE: "name clients budget", OWN: "role"},
    "Budget": {EVERYONE: "limit remaining resetsAt"},
    "ClientConnection": {EVERYONE: "edges nodes pageInfo totalCount"},
    "ClientEdge": {EVERYONE: "cursor node"},
    "PageInfo": {EVERYONE: "hasNextPage hasPreviousPage startCursor endCursor"},
    "MetricInfo": {EVERYONE: "name label description unit sources field arguments granularities isAdditive"},
    "UserError": {EVERYONE: "field code message"},
    # A client's.
    "Node": {OWN: "id"},
    "Client": {OWN: "id name timeZone app apps", REFUSED_BELOW_ADMIN: "tokens"},
    "ApiToken": {UNSEEN_BELOW_ADMIN: "id name role createdAt expiresAt lastUsedAt revokedAt storedOnly"},
    "App": {OWN: "id name client activity usageReports"},
    "AppConnection": {OWN: "edges nodes pageInfo totalCount"},
    "AppEdge": {OWN: "cursor node"},
    "Metric": {
        OWN: "id name label unit dimensions period granularity comparison source total min max average data values"
    },
    "MetricComparison": {OWN: "period total change changeRatio data values"},
    "Period": {OWN: "start end from to timeZone"},
    "DataPoint": {OWN: "date at value isPartial"},
    "Dimension": {NOBODY_YET: "name value"},  # no series is cut to one so far
    "SourceInfo": {
        OWN: "system label definition reference isEstimate userBasis asOf isStale settledUntil confidence confidenceScore"
    },
    "UsageReportConnection": {OWN: "edges nodes pageInfo totalCount"},
    "UsageReportEdge": {OWN: "cursor node"},
    "UsageReport": {OWN: "id user date activeMs sessions"},
    "User": {OWN: "id externalId"},
    # What a mutation answers.
    "ClientCreatePayload": {OUTCOME: "userErrors client"},
    "ClientUpdatePayload": {OUTCOME: "userErrors client"},
    "AppCreatePayload": {OUTCOME: "userErrors app"},
    "AppUpdatePayload": {OUTCOME: "userErrors app"},
    "TokenCreatePayload": {OUTCOME: "userErrors token secret"},
    "TokenRevokePayload": {OUTCOME: "userErrors token"},
    "UsageTrackPayload": {OUTCOME: "userErrors accepted duplicates replaced rejected"},
    "RejectedRow": {SENDERS: "index field code message"},
}

QUESTION = {
    "activity": "USER_COUNT",
    "app": str(NOTES),
    "period": {"start": "2026-03-04", "end": "2026-03-05"},
    "granularity": "DAY",
}
CLIENT = encode(GlobalId("Client", NORDLYS))
IDS = {
    "Client": CLIENT,
    "App": encode(GlobalId("App", NORDLYS, (NOTES,))),
    "ApiToken": encode(GlobalId("ApiToken", NORDLYS, (UUID(int=list(TOKENS).index(EXPIRED) + 1),))),
    "User": encode(GlobalId("User", NORDLYS, (1,))),
    "UsageReport": encode(GlobalId("UsageReport", NORDLYS, (NOTES, date(2026, 3, 2), 1))),
    "Metric": encode(GlobalId("Metric", NORDLYS, (canonical(QUESTION),))),
}

ACTIVITY = '(metric: USER_COUNT, period: {start: "2026-03-04", end: "2026-03-05"}, compare: PREVIOUS)'
REPORT = f'{{app: "{NOTES}", user: "ada", date: "2026-03-02", activeMs: 1, sessions: 1}}'
ARGUMENTS = {
    "Query.node": f'(id: "{IDS["App"]}")',
    "Query.nodes": f'(ids: ["{IDS["App"]}", "{CLIENT}"])',
    "Query.client": f'(id: "{CLIENT}")',
    "Viewer.role": f'(client: "{CLIENT}")',
    "Client.app": f'(id: "{IDS["App"]}")',
    "App.activity": ACTIVITY,
    "Subscription.metricChanged": f'(id: "{IDS["Metric"]}")',
    "Mutation.clientCreate": '(input: {name: "New"})',
    "Mutation.clientUpdate": f'(input: {{id: "{CLIENT}", name: "New"}})',
    "Mutation.tokenCreate": f'(input: {{client: "{CLIENT}", role: VIEWER, name: "new"}})',
    "Mutation.tokenRevoke": f'(id: "{IDS["ApiToken"]}")',
    "Mutation.appCreate": f'(input: {{client: "{CLIENT}", name: "New"}})',
    "Mutation.appUpdate": f'(input: {{id: "{IDS["App"]}", name: "New"}})',
    "Mutation.usageTrack": f'(client: "{CLIENT}", reports: [{REPORT}])',
}
WAYS = {
    "Query": [""],
    "Viewer": ["viewer"],
    "Budget": ["viewer > budget"],
    "ClientConnection": ["clients", "viewer > clients"],
    "ClientEdge": ["clients > edges"],
    "PageInfo": ["clients > pageInfo"],
    "MetricInfo": ["metricCatalog"],
    "UserError": ['mutation > appUpdate(input: {id: "none"}) > userErrors'],
    "Node": ["node"],
    "Client": ["client", "node:Client", "client > app > client"],
    "ApiToken": ["client > tokens", "node:ApiToken"],
    "App": ["client > app", "client > apps > nodes", "node:App"],
    "AppConnection": ["client > apps"],
    "AppEdge": ["client > apps > edges"],
    "Metric": ["client > app > activity", "node:Metric"],
    "MetricComparison": ["client > app > activity > comparison"],
    "Period": ["client > app > activity > period", "client > app > activity > comparison > period"],
    "DataPoint": ["client > app > activity > data", "client > app > activity > comparison > data"],
    "Dimension": ["client > app > activity > dimensions"],
    "SourceInfo": ["client > app > activity > source"],
    "UsageReportConnection": ["client > app > usageReports"],
    "UsageReportEdge": ["client > app > usageReports > edges"],
    "UsageReport": ["client > app > usageReports > nodes", "node:UsageReport"],
    "User": ["client > app > usageReports > nodes > user", "node:User"],
    "RejectedRow": [f'mutation > usageTrack(client: "{CLIENT}", reports: [{REPORT.replace("ada", "")}]) > rejected'],
}
"""How objects of a type are come by: fields from the root down. `node:App` is the App by its id."""

UNSET = {
    "ApiToken.expiresAt", "ApiToken.lastUsedAt", "ApiToken.revokedAt",
    "Metric.comparison",  # of the series that is come by without one
    "SourceInfo.settledUntil", "SourceInfo.confidence", "SourceInfo.confidenceScore",
}  # fmt: skip
"""Null in the seeds, for those who may see it too."""

OBJECTS = {
    name: type_
    for name, type_ in sorted(schema._schema.type_map.items())
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not is_introspection_type(type_)
}
SEEN = sorted(WAYS)
CHANGES = OBJECTS["Mutation"].fields


def decision(type_name: str, field: str) -> Decision:
    [found] = [each for each, names in DECISIONS[type_name].items() if field in names.split()]
    return found


# ---------------------------------------------------------------- the operation, and what came of it
def selected(type_name: str) -> str:
    """Every field of a type; of objects below it what tells one from another."""
    fields = OBJECTS[type_name].fields
    return " ".join(name + ARGUMENTS.get(f"{type_name}.{name}", "") + below(type_name, name) for name in fields)


def below(type_name: str, field: str) -> str:
    of = OBJECTS.get(get_named_type(OBJECTS[type_name].fields[field].type).name)
    return "" if of is None else f" {{ __typename {' '.join(sorted({'id', 'name'} & of.fields.keys()))} }}"


def operation(type_name: str, way: str) -> tuple[str, list[str]]:
    """The text that asks for every field of a type, and the names that lead there."""
    steps = [step.strip() for step in way.split(">") if step]
    root = "mutation" if steps[:1] == ["mutation"] else "query"
    at, text, names, ends = root.capitalize(), root, [], ""
    for step in steps[1:] if root == "mutation" else steps:
        name, given, rest = step.partition("(")
        name, _, of = name.partition(":")
        arguments = given + rest or (f'(id: "{IDS[of]}")' if of else ARGUMENTS.get(f"{at}.{name}", ""))
        text += f" {{ {name}{arguments}" + (f" {{ ... on {of}" if of else "")
        ends += " } }" if of else " }"
        names.append(name)
        at = of or get_named_type(OBJECTS[at].fields[name].type).name
    assert at == type_name
    return f"{text} {{ {selected(type_name)} }}{ends}", names


def outcome(answer: Answer, names: list[str], place: str) -> str:
    """What became of the field `place` of the first object that the names lead to."""
    field = place.partition(".")[2]
    path = [*names, field]
    codes = {
        error["extensions"]["code"]
        for error in answer.errors
        if [step for step in error["path"] if isinstance(step, str)] == path
    }
    if codes:
        return ",".join(sorted(codes))
    value = answer.body["data"]
    for name in names:
        value = value[name]
        if isinstance(value, list):
            value = value[0] if value else None
        if value is None:
            return ABSENT
    value = value[field]
    if value is None and place in UNSET:
        return SHOWN
    return ABSENT if value is None or (isinstance(value, list) and value and not any(map(present, value))) else SHOWN


def present(row: Any) -> bool:
    return row is not None


# ---------------------------------------------------------------- the table
def test_every_field_has_one_decision_and_every_decision_its_field() -> None:
    decided = [
        f"{type_name}.{field}"
        for type_name, decisions in DECISIONS.items()
        for names in decisions.values()
        for field in names.split()
    ]
    assert len(decided) == len(set(decided))
    assert sorted(decided) == sorted(f"{name}.{field}" for name, type_ in OBJECTS.items() for field in type_.fields)


def test_every_type_is_come_by() -> None:
    changed = {"Mutation", "Subscription", *(get_named_type(field.type).name for field in CHANGES.values())}
    assert set(WAYS) | changed == set(DECISIONS)


# ---------------------------------------------------------------- what is seen
@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("type_name", SEEN)
async def test_a_field_is_shown_to_whom_the_table_says(gateway: Gateway, type_name: str, caller: str) -> None:
    decided = {field: getattr(decision(type_name, field), caller) for field in OBJECTS[type_name].fields}
    for way in WAYS[type_name]:
        text, names = operation(type_name, way)
        answer = await gateway.ask(text, token=CALLERS[caller])
        assert answer.status == 200, answer.body
        assert {field: outcome(answer, names, f"{type_name}.{field}") for field in decided} == decided, way
        assert {error["extensions"]["code"] for error in answer.errors} <= {FORBIDDEN}
        if caller == "stranger":
            assert not tells_of_nordlys(str(answer.body))


@pytest.mark.parametrize("type_name", SEEN)
async def test_nothing_is_shown_to_who_has_no_token(gateway: Gateway, type_name: str) -> None:
    for way in WAYS[type_name]:
        refused_at_the_door(await gateway.ask(operation(type_name, way)[0], token=None))


def tells_of_nordlys(text: str) -> bool:
    """By its name, or by an id of anything that is its."""
    ids = filter(None, map(parse, re.findall(r"[A-Za-z0-9_-]{23,}", text)))
    return "Nordlys" in text or str(NORDLYS) in text or any(found.client == NORDLYS for found in ids)


def refused_at_the_door(answer: Answer) -> None:
    assert answer.status == 401
    assert set(answer.body) == {"errors"}
    assert answer.error["extensions"]["code"] == "UNAUTHENTICATED"


# ---------------------------------------------------------------- what is followed
FOLLOWS = OBJECTS["Subscription"].fields


@pytest.fixture(scope="module")
async def address(gateway: Gateway, settings: Settings) -> AsyncIterator[str]:
    async with listening(settings, gateway.urls) as address:
        yield address


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", FOLLOWS)
async def test_a_subscription_is_for_whom_the_table_says(address: str, name: str, caller: str) -> None:
    """What is followed is Nordlys'. Refused, the stream says so and ends."""
    async with followed(address, name, CALLERS[caller]) as response:
        assert response.status_code == 200
        lines = response.aiter_lines()
        first = orjson.loads([line async for line in until_data(lines)][-1].removeprefix("data: "))
        codes = [error["extensions"]["code"] for error in first.get("errors", [])]
        assert (",".join(codes) or SHOWN) == getattr(decision("Subscription", name), caller)
        assert bool(codes) or first["data"][name]["id"]
        if codes:
            assert not first.get("data")
            assert "event: complete" in [line async for line in lines]


@pytest.mark.parametrize("name", FOLLOWS)
async def test_nothing_is_followed_by_who_has_no_token(address: str, name: str) -> None:
    async with followed(address, name, None) as response:
        assert response.status_code == 401
        assert "UNAUTHENTICATED" in (await response.aread()).decode()


@asynccontextmanager
async def followed(address: str, name: str, token: str | None) -> AsyncIterator[httpx.Response]:
    text = f"subscription {{ {name}{ARGUMENTS[f'Subscription.{name}']} {below('Subscription', name)} }}"
    headers = {"accept": "text/event-stream", **({"authorization": f"Bearer {token}"} if token else {})}
    async with (
        asyncio.timeout(20),
        httpx.AsyncClient(base_url=address) as http,
        http.stream("POST", "/graphql", json={"query": text}, headers=headers) as response,
    ):
        yield response


async def until_data(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    async for line in lines:
        yield line
        if line.startswith("data: {"):
            return


# ---------------------------------------------------------------- what is changed
@pytest.fixture(scope="module")
async def changed(cluster: Cluster, settings: Settings, template: str) -> AsyncIterator[Gateway]:
    """One database for all changes: none of them takes another's ground away."""
    async with cloned(cluster, settings, template) as urls, running(settings, urls) as gateway:
        yield gateway


def change(name: str) -> str:
    payload = get_named_type(CHANGES[name].type).name
    return (
        f"mutation {{ {name}{ARGUMENTS[f'Mutation.{name}']} {{ {selected(payload)} errors: userErrors {{ code }} }} }}"
    )


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_is_made_for_whom_the_table_says(
    changed: Gateway, cluster: Cluster, name: str, caller: str
) -> None:
    """Aimed at Nordlys. Refused, it gives nothing back and leaves every row as it was."""
    async with plainly(cluster, changed.urls) as superuser:
        before = await contents(superuser)
        payload = (await changed.ask(change(name), token=CALLERS[caller])).data[name]
        after = await contents(superuser)

    codes = [error["code"] for error in payload.pop("errors")]
    assert len(payload.pop("userErrors")) == len(codes)
    assert (",".join(codes) or DONE) == getattr(decision("Mutation", name), caller)
    if codes:
        assert not any(payload.values())
        assert after == before
    else:
        assert all(map(present, payload.values()))


@pytest.mark.parametrize("name", CHANGES)
async def test_nothing_is_changed_by_who_has_no_token(changed: Gateway, cluster: Cluster, name: str) -> None:
    async with plainly(cluster, changed.urls) as superuser:
        before = await contents(superuser)
        refused_at_the_door(await changed.ask(change(name), token=None))
        assert await contents(superuser) == before


async def contents(superuser: Owner) -> dict[str, str]:
    """A digest of each table's rows, but for the times at which tokens were used last."""
    tables = await superuser.rows("select tablename as name from pg_tables where schemaname = 'parallax' order by 1")
    digests = " union all ".join(
        f"select '{table['name']}', md5(string_agg(told, '|' order by told)) "
        f"from (select (to_jsonb(each) - 'last_used_at')::text as told from {table['name']} each) {table['name']}"
        for table in tables
    )
    return dict(await superuser.rows(digests))
