"""Who may see and change what: a decision for every field of the graph and every caller, and each one tried.

Everything is asked of Nordlys. A field or mutation without a decision fails here, as does a decision without its field.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import product
from typing import Any

import httpx
import orjson
import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType, get_named_type, is_introspection_type

from parallax.db import Database, Owner
from parallax.http.operations.sent import SENDING
from parallax.ids import parse
from parallax.sandbox.options import Options
from parallax.sandbox.server import running as vendors
from parallax.schema import schema
from parallax.scopes import Scope, Statement
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.events.given import Given
from tests.gateways import Answer, Gateway, listening, running
from tests.plainly import plainly
from tests.rights import (
    ABSENT,
    ALONE,
    ARGUMENTS,
    DECISIONS,
    DONE,
    ERASURE,
    FORBIDDEN,
    IDS,
    LINK,
    PRODUCT,
    SHOWN,
    UNSET,
    WAYS,
    Decision,
)
from tests.seeds import ADMIN, EDITOR, INGEST, MAPS, NORDLYS, NOTES, OPERATOR, STRANGER, VIEWER, seed_events
from tests.vendors.asking import connected
from tests.vendors.conftest import TODAY

CALLERS = {"viewer": VIEWER, "editor": EDITOR, "admin": ADMIN, "stranger": STRANGER, "operator": OPERATOR}
"""The first three have that role for Nordlys; the stranger is ADMIN of another client. Who has no token gets a 401,
and who has one that only sends (INGEST) a 403 for whatever is not sending."""
ERASED = Statement(
    "erased",
    """insert into erasure (client_id, id, link, actors, accepted_at, invisible_at, layers)
       values ($1, $2, 0, '{}', now(), now(), '[{"name": "actor", "before": 1, "after": null}]')""",
)
OF_VENDORS = Statement(
    "of_vendors",
    """insert into app_link (client_id, id, application_id, system, key, created_by)
       values ($1, gen_random_uuid(), $2, 'KORE_AI', $3, 'admin'), ($1, gen_random_uuid(), $2, 'KAON', $4, 'admin')""",
)
LINKED = Statement(
    "linked",
    """insert into app_link (client_id, id, application_id, system, store, key, created_by)
       values ($1, $2, $3, 'SENSOR_TOWER', 'IOS', '1500000001', 'admin') on conflict do nothing""",
)

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
def selected(type_name: str, fields: Iterable[str]) -> str:
    """Fields of a type; of objects below it what tells one from another."""
    return " ".join(name + ARGUMENTS.get(f"{type_name}.{name}", "") + below(type_name, name) for name in fields)


def below(type_name: str, field: str) -> str:
    named = get_named_type(OBJECTS[type_name].fields[field].type)
    if isinstance(named, GraphQLUnionType):
        return " { __typename }"
    of = OBJECTS.get(named.name)
    return "" if of is None else f" {{ __typename {' '.join(sorted({'id', 'name'} & of.fields.keys()))} }}"


def operation(type_name: str, way: str, fields: Iterable[str] | None = None) -> tuple[str, list[str]]:
    """The text that asks for fields of a type, for all unless named, and the names that lead there."""
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
    return f"{text} {{ {selected(type_name, fields or OBJECTS[type_name].fields)} }}{ends}", names


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
@pytest.fixture(scope="module")
async def gateway(cluster: Cluster, settings: Settings, template: str) -> AsyncIterator[Gateway]:
    """Nordlys has something of every type: events and logs, an alias, an erasure, links, and vendors that answer."""
    async with cloned(cluster, settings, template) as urls, vendors(Options(now=TODAY)) as sandbox:
        async with Database(settings, urls.reading, urls.writing) as db:
            await seed_events(db)
            async with db.writing(Scope.of(NORDLYS)) as transaction:
                await transaction.run(ERASED, NORDLYS, ERASURE)
                await transaction.run(LINKED, NORDLYS, LINK, NOTES)
                for app in (NOTES, MAPS):
                    await transaction.run(OF_VENDORS, NORDLYS, app, PRODUCT.stream, PRODUCT.kaon)
            await Given(db).user("ada", ["ada's phone"], plan="pro")
        async with running(connected(settings, sandbox), urls) as gateway:
            yield gateway


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("type_name", SEEN)
async def test_a_field_is_shown_to_whom_the_table_says(gateway: Gateway, type_name: str, caller: str) -> None:
    together = [field for field in OBJECTS[type_name].fields if f"{type_name}.{field}" not in ALONE]
    alone = [[field] for field in OBJECTS[type_name].fields if field not in together]
    for way, fields in product(WAYS[type_name], [together, *alone]):
        decided = {field: getattr(decision(type_name, field), caller) for field in fields}
        text, names = operation(type_name, way, fields)
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


@pytest.mark.parametrize("type_name", SEEN)
async def test_nothing_is_shown_to_who_only_sends(gateway: Gateway, type_name: str) -> None:
    for way in WAYS[type_name]:
        text, names = operation(type_name, way)
        answer = await gateway.ask(text, token=INGEST)
        if way.startswith("mutation") and names[0] in SENDING:
            assert outcome(answer, names[:1], f"Mutation.{names[-1]}") == SHOWN
        else:
            refused_to_a_sender(answer)


def refused_to_a_sender(answer: Answer) -> None:
    assert answer.status == 403
    assert set(answer.body) == {"errors"}
    assert answer.error["extensions"]["code"] == FORBIDDEN
    assert answer.statements == []


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
async def test_a_subscription_is_for_whom_the_table_says(
    gateway: Gateway, address: str, name: str, caller: str
) -> None:
    """What is followed is Nordlys'. Refused, the stream says so and ends."""
    async with followed(address, name, CALLERS[caller]) as response, happening(gateway, name):
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


@pytest.mark.parametrize("name", FOLLOWS)
async def test_nothing_is_followed_by_who_only_sends(address: str, name: str) -> None:
    async with followed(address, name, INGEST) as response:
        assert response.status_code == 403
        assert FORBIDDEN in (await response.aread()).decode()


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


HAPPENS = {"eventReceived": "eventsTrack", "logReceived": "logsTrack"}


@asynccontextmanager
async def happening(gateway: Gateway, name: str) -> AsyncIterator[None]:
    """What is told of happens again and again."""

    async def again() -> None:
        while name in HAPPENS:
            await gateway.ask(change(HAPPENS[name]), token=OPERATOR)
            await asyncio.sleep(0.05)

    task = asyncio.create_task(again())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


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
    shown = selected(payload, OBJECTS[payload].fields)
    return f"mutation {{ {name}{ARGUMENTS[f'Mutation.{name}']} {{ {shown} errors: userErrors {{ code }} }} }}"


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_is_made_for_whom_the_table_says(
    changed: Gateway, cluster: Cluster, name: str, caller: str
) -> None:
    """Aimed at Nordlys. Refused, it gives nothing back and leaves every row as it was."""
    if name == "usersErase":  # whom the last one erased is there again
        assert (await changed.ask(change("usersIdentify"), token=OPERATOR)).data["usersIdentify"]["accepted"]
    async with plainly(cluster, changed.urls) as superuser:
        if name == "appUnlink":  # likewise
            await superuser.rows(LINKED.text, NORDLYS, LINK, NOTES)
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


@pytest.mark.parametrize("name", CHANGES)
async def test_who_only_sends_changes_nothing_but_by_that(changed: Gateway, cluster: Cluster, name: str) -> None:
    if name in SENDING:
        payload = (await changed.ask(change(name), token=INGEST)).data[name]
        assert payload["errors"] == []
        return
    async with plainly(cluster, changed.urls) as superuser:
        before = await contents(superuser)
        refused_to_a_sender(await changed.ask(change(name), token=INGEST))
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
