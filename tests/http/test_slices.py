"""A long answer does not hold up those who want little."""

import asyncio
import time

from parallax.http.slices import SLICE_S, in_slices


async def test_who_goes_on_all_at_once_leaves_others_a_turn_in_between() -> None:
    """Fifty that wait for the same, each with work to do; and another that wants next to nothing."""
    loaded = asyncio.get_running_loop().create_future()
    done: list[str] = []

    async def large(name: str) -> None:
        await in_slices(asyncio.shield(loaded))
        ends = time.perf_counter() + SLICE_S / 3
        while time.perf_counter() < ends:
            pass
        done.append(name)

    async def small() -> None:
        await loaded
        for _ in range(3):
            await asyncio.sleep(0)
        done.append("small")

    tasks = [asyncio.create_task(large(f"large {number}")) for number in range(50)]
    tasks.append(asyncio.create_task(small()))
    await asyncio.sleep(0)
    loaded.set_result(None)
    async with asyncio.timeout(30):
        await asyncio.gather(*tasks)

    assert done.index("small") < 25
    assert [name for name in done if name != "small"] == [f"large {number}" for number in range(50)]


async def test_one_who_leaves_while_waiting_holds_up_nobody() -> None:
    loaded = asyncio.get_running_loop().create_future()

    async def large() -> None:
        await in_slices(asyncio.shield(loaded))
        ends = time.perf_counter() + SLICE_S
        while time.perf_counter() < ends:
            pass

    tasks = [asyncio.create_task(large()) for _ in range(6)]
    await asyncio.sleep(0)
    loaded.set_result(None)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    tasks[3].cancel()
    async with asyncio.timeout(30):
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(each, asyncio.CancelledError) for each in ended] == [number == 3 for number in range(6)]
