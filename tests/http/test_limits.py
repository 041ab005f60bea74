"""What a request may cost, and what it is told of it. The bounds of a text's form are in test_bounds."""

import asyncio
import time
from typing import Any

import pytest

from parallax import db as database
from parallax.http.admission import BURST, CALM_S, LATE_S, LEAST, Admission, Busy
from parallax.settings import Settings
from tests.gateways import Gateway, running
from tests.seeds import ADMIN, EDITOR, NORDLYS, NOTES, VIEWER

SERIES = """query ($c: ID!, $a: ID!) { client(id: $c) { app(id: $a) {
    activity(metric: SESSION_COUNT, period: {last: "30d"}) { values } } } }"""
HUGE = """{ clients(first: 50) { nodes { apps(first: 1000) { nodes {
    activity(metric: SESSION_COUNT, period: {last: "90d"}) { data { date at value } } } } } } }"""
NEWER = {"accept": "application/graphql-response+json"}


async def ask(gateway: Gateway, query: str, token: str = VIEWER, **extensions: Any) -> Any:
    body = {"query": query, "variables": {"c": str(NORDLYS), "a": str(NOTES)}, "extensions": extensions}
    if "$c" not in query:
        del body["variables"]
    return await gateway.http.post("/graphql", json=body, headers=NEWER | {"authorization": f"Bearer {token}"})


# ---------------------------------------------------------------- cost
async def test_the_cost_is_told_to_whom_asks_for_it(gateway: Gateway) -> None:
    assert "extensions" not in (await ask(gateway, SERIES)).json()
    told = (await ask(gateway, SERIES, cost=True)).json()["extensions"]["cost"]
    assert told["estimated"] > 0
    assert told["limit"] == 100_000
    assert told["remaining"] is None
    assert "resetsAt" in told


async def test_what_is_too_costly_is_refused_with_the_figure_before_anything_runs(gateway: Gateway) -> None:
    answer = await ask(gateway, HUGE)
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "TOO_COSTLY"
    cost = error["extensions"]["details"]["cost"]
    assert cost > 100_000
    assert f"{cost:,.0f}" in error["message"]
    assert "PARALLAX_MAX_COST" in error["message"]
    assert database.statements.get() == ["token_by_hash"]


async def test_a_limit_of_one_argument_comes_before_the_cost(gateway: Gateway) -> None:
    answer = await ask(gateway, HUGE.replace("first: 1000", "first: 1001"))
    codes = {error["extensions"]["code"] for error in answer.json()["errors"]}
    assert codes == {"INVALID_PARAMETER"}


async def test_measuring_refuses_nothing_and_tells_always(gateway: Gateway, settings: Settings) -> None:
    chosen = settings.model_copy(update={"limits": "measure", "rate_limit": 10, "max_cost": 10})
    async with running(chosen, gateway.urls) as measuring:
        for _ in range(3):
            answer = (await ask(measuring, SERIES)).json()
            assert "errors" not in answer
            assert answer["extensions"]["cost"]["limit"] == 10


async def test_a_limit_that_is_off_refuses_nothing(gateway: Gateway, settings: Settings) -> None:
    off = dict.fromkeys(
        ("max_cost", "rate_limit", "max_depth", "max_aliases", "max_tokens", "max_body_bytes"), float("inf")
    )
    async with running(settings.model_copy(update=off), gateway.urls) as unlimited:
        answer = (await ask(unlimited, HUGE, cost=True)).json()
        assert "errors" not in answer
        assert answer["extensions"]["cost"]["limit"] is None
        assert answer["extensions"]["cost"]["remaining"] is None


async def test_an_answer_that_is_too_long_is_not_sent(gateway: Gateway, settings: Settings) -> None:
    async with running(settings.model_copy(update={"max_answer_bytes": 100}), gateway.urls) as narrow:
        [error] = (await ask(narrow, SERIES)).json()["errors"]
        assert error["extensions"]["code"] == "TOO_COSTLY"
        assert "PARALLAX_MAX_ANSWER_BYTES" in error["message"]


async def test_an_answer_lists_so_many_errors_and_no_more(gateway: Gateway, settings: Settings) -> None:
    fields = " ".join(f"a{number}: clients(first: 0) {{ nodes {{ id }} }}" for number in range(9))
    query = "{ metricCatalog { name } " + fields + " }"
    async with running(settings.model_copy(update={"max_errors": 5}), gateway.urls) as narrow:
        errors = (await ask(narrow, query.replace("clients(first: 0)", 'node(id: "x")'))).json()
        assert len((await ask(narrow, query)).json()["errors"]) == 1, (
            errors
        )  # not null: one error takes the whole answer


# ---------------------------------------------------------------- explain
async def test_explain_runs_nothing_and_tells_what_would(gateway: Gateway) -> None:
    answer = (await ask(gateway, SERIES, explain=True)).json()
    assert answer["data"] is None
    assert "errors" not in answer
    told = answer["extensions"]["explain"]
    assert told["cost"] > 0
    assert told["estimatedMs"] > 0
    assert told["refused"] is None
    [read] = [read for read in told["reads"] if read["path"] == "client.app.activity"]
    assert read["source"] == "APP_USAGE"
    assert read["cost"] > 0
    assert database.statements.get() == ["token_by_hash"]


async def test_explain_tells_which_limit_would_refuse(gateway: Gateway) -> None:
    answer = await ask(gateway, HUGE, explain=True)
    assert answer.status_code == 200
    refused = answer.json()["extensions"]["explain"]["refused"]
    assert refused["code"] == "TOO_COSTLY"
    assert "PARALLAX_MAX_COST" in refused["message"]


async def test_explain_never_changes_anything(own_gateway: Gateway) -> None:
    text = f'mutation {{ clientUpdate(input: {{id: "{NORDLYS}", name: "Other"}}) {{ client {{ name }} }} }}'
    answer = (await ask(own_gateway, text, ADMIN, explain=True)).json()
    assert answer["extensions"]["explain"]["cost"] > 0
    name = await own_gateway.ask("query ($c: ID!) { client(id: $c) { name } }", c=str(NORDLYS))
    assert name.data["client"]["name"] == "Nordlys"


async def test_explain_takes_nothing_from_the_budget(gateway: Gateway, settings: Settings) -> None:
    async with running(settings.model_copy(update={"rate_limit": 100}), gateway.urls) as narrow:
        for _ in range(5):
            budget = (await ask(narrow, SERIES, explain=True)).json()["extensions"]["explain"]["budget"]
            assert budget["remaining"] == 100


# ---------------------------------------------------------------- what is missing
async def test_what_is_missing_is_listed_with_its_reason(gateway: Gateway) -> None:
    query = """query ($c: ID!) { client(id: $c) { name tokens { name } apps { nodes {
        activity(metric: USER_COUNT, period: {last: "91d"}) { total } } } } }"""
    answer = (await gateway.ask(query, c=str(NORDLYS))).body
    missing = answer["extensions"]["missing"]
    [of_tokens] = [each for each in missing if each["path"] == ["client", "tokens"]]
    reason = "Reading tokens needs the role ADMIN; this token has VIEWER."
    told = {"source": None, "code": "FORBIDDEN", "reason": reason, "retryAfterSeconds": None}
    assert of_tokens == {"path": ["client", "tokens"], **told}
    of_apps = [each for each in missing if each["source"] == "APP_USAGE"]
    assert [each["path"] for each in of_apps] == [["client", "apps", "nodes", n, "activity"] for n in range(3)]
    assert len(missing) == len(answer["errors"])


# ---------------------------------------------------------------- budget
async def test_a_token_that_spends_too_much_waits_and_others_do_not(gateway: Gateway, settings: Settings) -> None:
    cost = (await ask(gateway, SERIES, cost=True)).json()["extensions"]["cost"]["estimated"]
    async with running(settings.model_copy(update={"rate_limit": int(cost * 2.5)}), gateway.urls) as narrow:
        for _ in range(2):
            assert (await ask(narrow, SERIES)).status_code == 200
        refused = await ask(narrow, SERIES)
        assert refused.status_code == 429
        [error] = refused.json()["errors"]
        assert error["extensions"]["code"] == "RATE_LIMITED"
        assert 0 < error["extensions"]["retryAfterSeconds"] <= 60
        assert int(refused.headers["retry-after"]) >= error["extensions"]["retryAfterSeconds"]
        assert "data" not in refused.json()
        assert (await ask(narrow, SERIES, EDITOR)).status_code == 200


async def test_a_viewer_sees_what_is_left(gateway: Gateway, settings: Settings) -> None:
    query = "{ viewer { budget { limit remaining resetsAt } } }"
    async with running(settings.model_copy(update={"rate_limit": 100_000}), gateway.urls) as narrow:
        first = (await ask(narrow, query)).json()["data"]["viewer"]["budget"]
        await ask(narrow, SERIES)
        second = (await ask(narrow, query)).json()["data"]["viewer"]["budget"]
    assert first["limit"] == second["limit"] == 100_000
    assert second["remaining"] < first["remaining"] < 100_000


# ---------------------------------------------------------------- turns
class Visits:
    """Visitors who stay until they are let go."""

    def __init__(self, running: int, waiting: int) -> None:
        self.admission = Admission(running, waiting, 3600)
        self.served: list[str] = []
        self.away: list[str] = []
        self.staying: dict[str, asyncio.Event] = {}
        self.tasks: list[asyncio.Task[None]] = []

    async def come(self, *names: str) -> None:
        """Each by itself, in this order; of two words the first is the caller."""
        self.tasks += [asyncio.create_task(self._visit(name)) for name in names]
        await settle()

    async def go(self, *names: str) -> None:
        for name in names:
            self.staying[name].set()
            await settle()

    async def _visit(self, name: str) -> None:
        self.staying[name] = asyncio.Event()
        try:
            self.admission.check(name.partition(" ")[0])
            async with self.admission.of(name.partition(" ")[0]):
                self.served.append(name)
                await self.staying[name].wait()
        except Busy:
            self.away.append(name)

    async def overloaded(self) -> None:
        """More come than a burst has, and all of them are served: nobody is left, and the overload lasts."""
        burst = [f"burst {number}" for number in range(BURST + self.admission.at_once + 2)]
        await self.come(*burst)
        await self.go(*burst)
        assert len(self.served) + len(self.away) == len(burst)
        self.served.clear()
        self.away.clear()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The event loop's own time, plus what is put into it."""
    loop = asyncio.get_event_loop()
    ahead, real = {"s": 0.0}, loop.time
    monkeypatch.setattr(loop, "time", lambda: real() + ahead["s"], raising=False)
    return ahead


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_turns_go_in_the_order_of_coming() -> None:
    visits = Visits(running=1, waiting=2)
    await visits.come("a", "b", "c", "d")
    assert (visits.served, visits.away) == (["a"], ["d"])
    await visits.go("a", "b", "c")
    assert visits.served == ["a", "b", "c"]
    await asyncio.gather(*visits.tasks)
    assert (visits.admission.running, visits.admission.waiting) == (0, 0)


async def test_callers_are_served_in_turn_however_much_each_of_them_wants() -> None:
    visits = Visits(running=1, waiting=100)
    await visits.come("loud 1", "loud 2", "loud 3", "loud 4", "quiet 1", "quiet 2")
    await visits.go("loud 1", "loud 2", "quiet 1", "loud 3", "quiet 2", "loud 4")
    assert visits.served == ["loud 1", "loud 2", "quiet 1", "loud 3", "quiet 2", "loud 4"]


async def test_a_burst_is_served_whole_and_what_comes_on_top_is_turned_away() -> None:
    visits = Visits(running=1, waiting=10_000)
    burst = [f"burst {number}" for number in range(BURST + 2)]
    await visits.come(*burst)
    assert (len(visits.served), visits.away) == (1, [])
    await visits.come("burst late")
    assert visits.away == ["burst late"]
    await visits.go(*burst)
    assert visits.served == burst


async def test_a_line_that_stands_too_long_is_overload_however_short_it_is(clock: dict[str, float]) -> None:
    visits = Visits(running=1, waiting=100)
    await visits.come("a", "b")
    clock["s"] += 1800
    await visits.come("c")
    clock["s"] += 1801
    await visits.come("d")
    assert set(visits.away) == {"b", "d"}, "one for whom it took too long, and one who came too late"


async def test_in_overload_as_many_wait_as_run_until_few_are_turned_away(clock: dict[str, float]) -> None:
    visits = Visits(running=1, waiting=10_000)
    await visits.overloaded()
    await visits.come("a", "b", "c")
    assert (visits.served, visits.away) == (["a"], ["c"])

    for name in "de":
        clock["s"] += CALM_S * 0.6
        await visits.come(name)
    assert visits.away == ["c", "d", "e"], "too many of them, and not long ago"

    clock["s"] += CALM_S * 1.1
    await visits.come("f", "g")
    assert visits.away == ["c", "d", "e"], "nobody was turned away for a while"
    await visits.go("a", "b", "f", "g")
    assert visits.served == ["a", "b", "f", "g"]


async def test_in_overload_the_caller_with_most_in_the_line_gives_way() -> None:
    visits = Visits(running=2, waiting=10_000)
    await visits.overloaded()
    await visits.come("loud 1", "loud 2", "loud 3", "loud 4", "quiet 1")
    assert (visits.served, visits.away) == (["loud 1", "loud 2"], ["loud 4"])
    await visits.come("quiet 2", "loud 5")
    assert visits.away == ["loud 4", "quiet 2", "loud 5"], "they have as much as each other"
    await visits.go("loud 1", "loud 2")
    assert visits.served == ["loud 1", "loud 2", "loud 3", "quiet 1"]


async def test_fewer_run_at_once_while_they_wait_for_the_processor_alone() -> None:
    admission = Admission(running=20, waiting=1000, wait_s=3600)

    async def visit() -> None:
        async with admission:
            ends = time.perf_counter() + LATE_S
            while time.perf_counter() < ends:
                pass
            await asyncio.sleep(0)

    await asyncio.gather(*(visit() for _ in range(60)))
    assert admission.at_once == LEAST


async def test_who_leaves_the_line_takes_no_turn_along() -> None:
    visits = Visits(running=1, waiting=10)
    await visits.come("a", "b", "c")
    visits.staying["a"].set()
    visits.tasks[1].cancel()
    await settle()
    await visits.go("c")
    await asyncio.gather(*visits.tasks, return_exceptions=True)
    assert visits.served == ["a", "c"]
    assert (visits.admission.running, visits.admission.waiting) == (0, 0)


async def test_a_full_line_is_told_with_when_to_come_back(gateway: Gateway, settings: Settings) -> None:
    chosen = settings.model_copy(update={"pool_size": 1, "queue": 1})
    async with running(chosen, gateway.urls) as narrow:
        answers = await asyncio.gather(*(ask(narrow, SERIES) for _ in range(30)))
        away = [answer for answer in answers if answer.status_code == 503]
        assert away
        assert {answer.status_code for answer in answers} == {200, 503}
        for answer in away:
            assert answer.headers["retry-after"] == "1"
            assert answer.json()["errors"][0]["extensions"]["code"] == "SOURCE_UNAVAILABLE"
        assert (await ask(narrow, SERIES)).status_code == 200
