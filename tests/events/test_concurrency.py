"""Many writers and readers at once, through two gateways that both fold: no answer is ever wrong, whatever runs beside it."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from itertools import count, cycle

import httpx
import pytest

from parallax.db import Database
from parallax.engine.verify import verify
from parallax.installation import Urls
from parallax.scopes import Scope, Statement
from parallax.settings import Settings
from tests.events.traffic import Traffic
from tests.gateways import listening
from tests.seeds import NORDLYS
from tests.verbs import eventually

STATE = Statement("state", "select position, folded, generation from client_state where client_id = $1")


@pytest.mark.parametrize("batches", [80, pytest.param(1000, marks=pytest.mark.slow)])
async def test_eight_writers_and_four_readers_at_two_gateways_that_fold(
    settings: Settings, own_urls: Urls, batches: int
) -> None:
    """R1: what is acknowledged is in the very next answer of either gateway, once; and stays there."""
    folding = settings.model_copy(update={"fold": True, "fold_events": 40, "fold_seconds": 0.3, "queue_wait": 30})
    async with AsyncExitStack() as stack, asyncio.timeout(120 + batches):
        db = await stack.enter_async_context(Database(settings, own_urls.reading, own_urls.writing))
        doors = []
        for _ in range(2):
            url = await stack.enter_async_context(listening(folding, own_urls))
            doors.append(await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=60)))
        turns = cycle(doors)
        traffic, common = Traffic(partial(next, turns)), count()

        async def enough() -> bool:
            [state] = await db.rows(Scope.of(NORDLYS), STATE, NORDLYS)
            return traffic.ledger.batches >= batches and state["generation"] >= 4

        async with asyncio.TaskGroup() as tasks:
            for number in range(8):
                tasks.create_task(traffic.write(f"w{number}", common=common))
            for _ in range(4):
                tasks.create_task(traffic.read())
            await eventually(enough, bound_s=60 + batches)
            traffic.stopped.set()

        assert traffic.ledger.broken == 0
        assert traffic.ledger.accepted == len(traffic.ledger.kept)
        for http in doors:
            await traffic.check(http)

        async def folded() -> bool:
            [state] = await db.rows(Scope.of(NORDLYS), STATE, NORDLYS)
            return bool(state["folded"] == state["position"] == len(traffic.ledger.kept))

        await eventually(folded)
        for http in doors:
            await traffic.check(http)
        found = await verify(db, NORDLYS)
        assert (found.differences, found.events) == ([], len(traffic.ledger.kept))
