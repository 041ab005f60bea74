"""I2: the same id on the same UTC day is one event, whoever sends it, in whatever batch, wherever the first one lies."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallax.db import Database, Owner
from parallax.engine.batches import ids_of
from parallax.engine.duplicates import Day, Digests, Seen, first_of_each
from parallax.engine.frames import DAY_US
from parallax.engine.ingest import Stored, store, store_all
from parallax.engine.memory import Users, memory_of
from parallax.events.inputs import events_read, logs_read
from parallax.scopes import Scope
from tests.clusters import Cluster
from tests.events.kept import kept
from tests.events.test_track import counts, event, rows, track
from tests.gateways import Gateway, running
from tests.plainly import plainly
from tests.seeds import NORDLYS

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)
DAY, NEXT = "2026-03-02T23:59:59.999999Z", "2026-03-03T00:00:00Z"
SCOPE = Scope.of(NORDLYS)


@pytest.fixture
async def db(own_gateway: Gateway) -> AsyncIterator[Database]:
    async with Database(own_gateway.settings, own_gateway.urls.reading, own_gateway.urls.writing) as db:
        yield db


@pytest.fixture
async def superuser(own_gateway: Gateway, cluster: Cluster) -> AsyncIterator[Owner]:
    async with plainly(cluster, own_gateway.urls) as superuser:
        yield superuser


async def sent(db: Database, *events: dict[str, Any], load: UUID | None = None) -> tuple[int, int]:
    stored: Stored = await store(db, SCOPE, NORDLYS, events_read(NORDLYS, events, NOW), load)
    assert not stored.rejected
    return stored.accepted, stored.duplicates


def at(id: str, time: str = DAY, **more: Any) -> dict[str, Any]:
    return event(id=id, at=time, **more)


async def folded(superuser: Owner, version: int = 1) -> None:
    """As the fold does with one day's batches: they are in segments, and no longer in the tail."""
    await superuser.script(
        f"""
        select parallax.ensure_event_month('2026-03-02');
        insert into parallax.event_segment (client_id, stream, day, position, version, events, first_at, last_at, load_id,
                                            core, ids, fields)
        select client_id, stream, '1970-01-01'::date + (first_at / 86400000000)::integer, position, {version}, events,
               first_at, last_at, load_id, core, ids, fields from parallax.event_tail;
        delete from parallax.event_tail;
        update parallax.client_state set folded = position, generation = {version}
        """
    )


# ---------------------------------------------------------------- the rule
async def test_i2_the_first_one_stays_as_it_was(own_gateway: Gateway, cluster: Cluster) -> None:
    first = event("open", id="a", at="2026-03-02T09:00:00Z", user="ada", properties={"v": 1})
    later = event("pay", id="a", at="2026-03-02T17:00:00Z", user="never-seen", session="never-seen")
    assert counts(await track(own_gateway, [first])) == (1, 0, 0)
    assert counts(await track(own_gateway, [later, first])) == (0, 2, 0)
    [row] = await rows(own_gateway, cluster)
    assert (row.name, row.user, row.properties) == ("open", "ada", {"v": 1})
    async with plainly(cluster, own_gateway.urls) as superuser:
        for table in ("actor", "session_id"):
            assert not await superuser.value(f"select count(*) from {table} where external_id = 'never-seen'")
        assert await superuser.value("select count(*) from event_name where client_id = $1", NORDLYS) == 1


async def test_i2_the_day_is_utc_whatever_the_zone_of_the_client_or_of_the_time(db: Database) -> None:
    assert await sent(db, at("a", DAY), at("a", NEXT)) == (2, 0)
    # Both are 2 March in Berlin or 3 March there; what counts is UTC.
    assert await sent(db, at("a", "2026-03-03T00:59:59+01:00"), at("a", "2026-03-02T23:00:00-01:00")) == (0, 2)


async def test_i2_without_an_id_nothing_is_a_duplicate(db: Database) -> None:
    assert await sent(db, *[event(at=DAY)] * 3, event(at=DAY, id="")) == (4, 0)
    assert await sent(db, *[event(at=DAY)] * 3) == (3, 0)


async def test_i2_thrice_in_a_batch_is_once(db: Database, superuser: Owner) -> None:
    ids = ["a", "b", "a", str(UUID(int=1)), "a", str(UUID(int=1)), "c"]
    batch = [at(id, properties={"n": n}) for n, id in enumerate(ids)]
    assert await sent(db, *batch) == (4, 3)
    assert [row.properties["n"] for row in await kept(superuser, NORDLYS)] == [0, 1, 3, 6]


async def test_i2_a_log_and_an_event_may_have_one_id(db: Database) -> None:
    logs = logs_read(NORDLYS, [{"id": "a", "at": DAY, "message": "m"}] * 2, NOW)
    assert await sent(db, at("a")) == (1, 0)
    stored = await store(db, SCOPE, NORDLYS, logs)
    assert (stored.accepted, stored.duplicates) == (1, 1)


async def test_ids_that_differ_in_case_or_form_are_two(db: Database) -> None:
    uuid = str(uuid4())
    forms = [uuid, uuid.upper(), "{" + uuid + "}", uuid.replace("-", ""), uuid + " ", "A", "a"]
    assert await sent(db, *(at(id) for id in forms)) == (len({*forms}), 0)
    assert await sent(db, *(at(id) for id in forms)) == (0, len({*forms}))


# ---------------------------------------------------------------- wherever the first one lies
async def test_i2_a_folded_event_is_known_to_a_process_that_never_saw_it(db: Database, superuser: Owner) -> None:
    assert await sent(db, at("a"), at("b")) == (2, 0)
    await folded(superuser)
    assert await sent(db, at("a"), at("c")) == (1, 1)
    memory_of(db).seen = Seen()
    assert await sent(db, at("a"), at("b"), at("c"), at("d")) == (1, 3)


async def test_i2_two_gateways_on_one_database_accept_an_id_once(own_gateway: Gateway, cluster: Cluster) -> None:
    async with (
        running(own_gateway.settings, own_gateway.urls) as other,
        plainly(cluster, own_gateway.urls) as superuser,
    ):
        for turn in range(6):
            one, two = (own_gateway, other) if turn % 2 else (other, own_gateway)
            ids = [f"{turn}-{n}" for n in range(20)]
            assert counts(await track(one, [at(id) for id in ids])) == (20, 0, 0)
            if turn in (1, 4):
                await folded(superuser, turn)
            assert counts(await track(two, [at(id) for id in ids[::-1]])) == (0, 20, 0)
        assert len(await kept(superuser, NORDLYS)) == 120


async def test_i2_concurrent_callers_with_the_same_ids_are_accepted_once(
    own_gateway: Gateway, cluster: Cluster
) -> None:
    lots = random.Random(1)
    batch = [at(f"id-{n}", user=f"user-{n % 7}") for n in range(50)]
    async with running(own_gateway.settings, own_gateway.urls) as other, asyncio.timeout(60):
        payloads = await asyncio.gather(
            *(track(gateway, lots.sample(batch, 50)) for gateway in (own_gateway, other) for _ in range(8))
        )
    assert sum(payload["accepted"] for payload in payloads) == 50
    assert sum(payload["duplicates"] for payload in payloads) == 15 * 50
    found = await rows(own_gateway, cluster)
    assert sorted(row.id or "" for row in found) == sorted(each["id"] for each in batch)
    assert [row.position for row in found] == list(range(1, 51))


async def test_i2_what_a_load_brought_may_come_again_when_that_is_undone(db: Database, superuser: Owner) -> None:
    load = uuid4()
    await superuser.rows(
        "insert into event_load (client_id, id, name, fingerprint) values ($1, $2, 'file', '') returning id",
        NORDLYS,
        load,
    )
    assert await sent(db, at("mine")) == (1, 0)
    assert await sent(db, at("a"), at("b"), load=load) == (2, 0)
    assert await sent(db, at("a")) == (0, 1)
    async with superuser.transaction():
        await superuser.rows("delete from event_tail where load_id = $1 returning 1", load)
        await superuser.rows("update event_load set undone_at = now() where id = $1 returning 1", load)
    assert await sent(db, at("a"), at("mine")) == (1, 1)


async def test_a_batch_that_was_not_kept_leaves_no_trace(db: Database, superuser: Owner) -> None:
    """The transaction fails at its last statement: what it would have accepted is new the next time."""
    await superuser.script("alter table event_tail add constraint refused check (events <> 2)")
    with pytest.raises(Exception, match="refused"):
        await sent(db, at("a", user="ada-2"), at("b"))
    await superuser.script("alter table event_tail drop constraint refused")
    assert await sent(db, at("a", user="bob-2"), at("b")) == (2, 0)
    assert [row.user for row in await kept(superuser, NORDLYS)] == ["bob-2", None]


async def test_the_lines_of_a_load_move_with_its_rows(db: Database, superuser: Owner) -> None:
    load = uuid4()
    await superuser.rows(
        "insert into event_load (client_id, id, name, fingerprint) values ($1, $2, 'file', '') returning id",
        NORDLYS,
        load,
    )
    await store_all(db, SCOPE, NORDLYS, [events_read(NORDLYS, [at("a")], NOW)], load, (load, 10))
    await store_all(db, SCOPE, NORDLYS, [events_read(NORDLYS, [], NOW)], load, (load, 12))
    assert await superuser.value("select lines from event_load where id = $1", load) == 12
    assert [row.load for row in await kept(superuser, NORDLYS)] == [load]


async def test_random_batches_are_deduplicated_as_a_plain_set_would(db: Database, superuser: Owner) -> None:
    """Late and repeated rows over ten days, folded now and then, with a memory so small that days are forgotten."""
    lots = random.Random(5)
    memory_of(db).seen = Seen(most_bytes=2_000)
    known: set[tuple[str, int]] = set()
    for turn in range(25):
        batch, accepted = [], 0
        for _ in range(lots.randint(1, 60)):
            day, id = (
                lots.randint(0, 9),
                lots.choice(["", str(UUID(int=lots.randint(0, 40))), f"id-{lots.randint(0, 40)}"]),
            )
            moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day, seconds=lots.randint(0, 86_399))
            batch.append(at(id, moment.isoformat()))
            accepted += not id or (id, day) not in known
            known.add((id, day))
        assert await sent(db, *batch) == (accepted, len(batch) - accepted)
        if turn in (9, 17):
            memory_of(db).seen = Seen(most_bytes=2_000)
    assert len([row for row in await kept(superuser, NORDLYS) if row.id]) == len({pair for pair in known if pair[0]})


async def test_i9_an_erased_id_that_comes_again_is_a_new_user(db: Database, superuser: Owner) -> None:
    """The process remembers the number that the id had."""
    assert await sent(db, event(user="x7"), event(user="ada")) == (2, 0)
    before = await superuser.value("select actor_id from actor where external_id = 'x7'")
    async with superuser.transaction():
        await superuser.rows("delete from actor where external_id = 'x7' returning 1")
        await superuser.rows("update client_state set links = links + 1 where client_id = $1 returning 1", NORDLYS)
    assert await sent(db, event(user="x7"), event(user="ada")) == (2, 0)
    assert await superuser.value("select actor_id from actor where external_id = 'x7'") > before
    assert [row.user for row in await kept(superuser, NORDLYS)][1:] == ["ada", "x7", "ada"]


def test_users_are_remembered_within_bounds_and_only_while_nobody_was_taken_away() -> None:
    users, one, two = Users(most=3), UUID(int=1), UUID(int=2)
    assert users.of(one, (1,)) == {}
    users.keep(one, (1,), {"a": 1, "b": 2})
    assert users.of(one, (1,)) == {"a": 1, "b": 2}
    users.of(two, (1,))
    users.keep(two, (1,), {"a": 1, "b": 2})
    assert users.of(two, (1,)) == {"a": 1, "b": 2}
    assert users.of(one, (1,)) == {}
    users.keep(two, (2,), {"c": 3})
    assert users.of(two, (2,)) == {}


# ---------------------------------------------------------------- digests
pairs = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["a", "b", "c", str(UUID(int=1)), str(UUID(int=2))])))


@given(pairs, pairs)
def test_a_set_of_digests_holds_what_was_added_and_nothing_else(
    added: list[tuple[int, str]], asked: list[tuple[int, str]]
) -> None:
    day = Day(0, 0)
    for _, id in added:
        day.add(Digests.of(ids_of([id])))
    held = {id for _, id in added}
    assert sum(len(run) for run in day.runs) == len(held)
    assert day.holding(Digests.of(ids_of([id for _, id in asked]))).tolist() == [id in held for _, id in asked]


@given(pairs)
def test_the_first_of_each_id_and_day_is_kept(rows: list[tuple[int, str]]) -> None:
    days = np.array([day for day, _ in rows], np.int64)
    found = first_of_each(days, Digests.of(ids_of([id for _, id in rows])))
    assert found.tolist() == [row not in rows[:place] for place, row in enumerate(rows)]


def test_ids_whose_mixtures_are_equal_are_told_apart() -> None:
    """As someone could choose them: the search walks on over all that look alike."""
    low = np.arange(1, 101, dtype=np.uint64)
    alike = Digests(np.full(100, 7, np.uint64), low)
    half = alike.taken(np.arange(0, 100, 2)).ordered()
    assert half.holding(alike).tolist() == [number % 2 == 0 for number in range(100)]
    assert first_of_each(np.zeros(100, np.int64), alike).all()
    assert DAY_US == 86_400 * 10**6
