"""What every vendor has to pass: it is asked for what was asked, in as few calls as it allows, and nothing twice; it fails
in its own fields alone; and what opens it is never seen.

A vendor is added by a file that says what it is (`Subject`) and has a class that inherits `VendorContract`, as
tests/vendors/kaon/test_contract.py has.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest

from parallax import telemetry, tracing
from parallax.metrics.catalog import SourceSystem
from parallax.sandbox.faults import Fault, Kind
from parallax.sandbox.server import Sandbox
from parallax.sandbox.vendor import Vendor
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.collectors import Collector, collecting
from tests.conftest import cloned
from tests.gateways import NOW, Answer, Gateway, running
from tests.plainly import plainly
from tests.seeds import ADMIN, EDITOR, HIMAL, NORDLYS, NOTES, STRANGER, TREK
from tests.vendors.asking import LINK, linked, missing, of_app
from tests.vendors.conftest import TODAY

CONNECT = """mutation($client: ID!, $credentials: VendorCredentialsInput!) {
  vendorConnect(input: {client: $client, credentials: $credentials}) { userErrors { code message } } }"""
DEADLINE_S: Final = 1.0
NOBODY: Final = "http://127.0.0.1:1"


@dataclass(frozen=True)
class Read:
    """A field of an app. `at` is where it stands below the app: null there, with the error, when the vendor fails.

    `sends` are the parameters of its calls, without what is secret; `gives` is what then stands at `at`. `prepare` sets the
    sandbox up for it. `is_root`: it stands beside `client`, as what is had by its id does, and so does `at`.
    """

    shown: str
    at: tuple[str | int, ...]
    sends: tuple[Mapping[str, str], ...] = ()
    gives: Callable[[], Any] | None = None
    prepare: Callable[[Sandbox], None] = lambda _: None
    is_root: bool = False

    @property
    def path(self) -> tuple[str | int, ...]:
        return self.at if self.is_root else ("client", "app", *self.at)

    def text(self, others: str = "") -> str:
        """The question. `others` are more fields of the app."""
        if not self.is_root:
            return of_app(f"{self.shown} {others}")
        return f"{{ {self.shown} {of_app(others or 'id')[1:-1]} }}"


@dataclass(frozen=True)
class Partial:
    """What is left of a read with several calls when those whose query holds `query` fail."""

    read: Read
    query: str
    gives: Callable[[], Any]


@dataclass(frozen=True)
class Subject:
    """`to` is what an app is linked to; `settings` are those of an account (0, 1) for every client, and where the vendor
    stands; `credentials` the same account as `vendorConnect` takes it; `secrets` all that opens it, `looks` what is made of
    them for a call, as a pattern.

    `simple` is a field of one call, `chunked` one of several, `gaps` one that holds what is zero and what is null;
    `other(n)` are fields of one call each that differ from another. `every` is one field for each endpoint. `series` has
    `source { isStale }` of a series somewhere. `patience_s`: how long a field waits, longer than the vendor's shortest limit.
    """

    system: SourceSystem
    to: Mapping[str, Any]
    fake: Callable[[Sandbox], Vendor[Any]]
    settings: Callable[[int, str], Mapping[str, Any]]
    credentials: Callable[[int, str], Mapping[str, Any]]
    secrets: Callable[[int], tuple[str, ...]]
    simple: Read
    chunked: Read
    partial: Partial
    gaps: Read
    series: Read
    other: Callable[[int], str]
    every: tuple[Read, ...]
    looks: re.Pattern[str] = field(default_factory=lambda: re.compile("(?!)"))
    patience_s: float = DEADLINE_S


@dataclass(frozen=True)
class Failure:
    """`codes`: what it may be called. `is_down`: nobody is where the vendor should be."""

    fault: Fault | None = None
    codes: frozenset[str] = frozenset({"SOURCE_UNAVAILABLE"})
    is_down: bool = False


REFUSED: Final = frozenset({"SOURCE_REJECTED"})
FAILURES: Final = {
    "down": Failure(is_down=True),
    "silent": Failure(Fault(Kind.HANG)),
    "slow": Failure(Fault(Kind.LATENCY, ms=10_000)),
    "rate-limiting": Failure(Fault(Kind.STATUS, status=429, retry_after=7), frozenset({"SOURCE_QUOTA"})),
    # A vendor that may be asked again within a second is waited for, as long as the field may wait.
    "rate-limiting without a word": Failure(
        Fault(Kind.STATUS, status=429), frozenset({"SOURCE_QUOTA", "SOURCE_UNAVAILABLE"})
    ),
    "in trouble": Failure(Fault(Kind.STATUS, status=500)),
    "out of service": Failure(Fault(Kind.STATUS, status=503)),
    "forbidding": Failure(Fault(Kind.STATUS, status=403), REFUSED),
    "sending HTML": Failure(Fault(Kind.HTML)),
    "sending truncated JSON": Failure(Fault(Kind.TRUNCATED)),
    "sending wrong types": Failure(Fault(Kind.WRONG_TYPES)),
    "sending an error inside of 200": Failure(Fault(Kind.ERROR_INSIDE), REFUSED | {"SOURCE_UNAVAILABLE"}),
    "sending nothing": Failure(Fault(Kind.EMPTY)),
    "sending far too much": Failure(Fault(Kind.HUGE)),
    "hanging up": Failure(Fault(Kind.HALF_OPEN)),
    "redirecting": Failure(Fault(Kind.REDIRECT)),
}
OTHERS = 'name activity(metric: USER_COUNT, period: {start: "2026-03-02", end: "2026-03-04"}) { values total }'
PEACE = {"name": "Notes", "activity": {"values": [2, 0, 1], "total": 2}}


class Ground:
    """What the tests of a vendor stand on."""

    subject: ClassVar[Subject]

    @pytest.fixture
    async def seeded(self, cluster: Cluster, settings: Settings, template: str) -> AsyncIterator["Seeded"]:
        """A database of its own, for one gateway after the other or beside it."""
        async with cloned(cluster, settings, template) as urls:
            yield Seeded(settings, urls)

    @pytest.fixture
    async def asked(self, seeded: "Seeded", vendors: Sandbox) -> AsyncIterator[Gateway]:
        """Notes is linked, by credentials of the environment."""
        async with self.gateway(seeded, vendors) as gateway:
            await linked(gateway, dict(self.subject.to))
            yield gateway

    @asynccontextmanager
    async def gateway(self, seeded: "Seeded", vendors: Sandbox, **more: Any) -> AsyncIterator[Gateway]:
        vendors.clock.set(TODAY)
        given: dict[str, Any] = {"vendor_allow_hosts": f"{vendors.hosts},{NOBODY.removeprefix('http://')}"}
        given |= {
            "vendor_deadline_seconds": self.subject.patience_s,
            **self.subject.settings(0, self.fake(vendors).url),
            **more,
        }
        async with running(seeded.settings.model_copy(update=given), seeded.urls) as gateway:
            yield gateway

    def fake(self, vendors: Sandbox) -> Vendor[Any]:
        return self.subject.fake(vendors)

    def calls(self, vendors: Sandbox) -> int:
        return len(self.fake(vendors).calls)

    async def given(self, gateway: Gateway, read: Read) -> Any:
        answer = await gateway.ask(read.text(), token=EDITOR)
        return found(answer, read)

    async def failed(self, gateway: Gateway, read: Read) -> dict[str, Any]:
        """The error of a read that fails alone."""
        answer = await gateway.ask(read.text(OTHERS), token=EDITOR)
        assert found_in(answer.body["data"], read) is None
        assert {name: answer.body["data"]["client"]["app"][name] for name in PEACE} == PEACE
        error = answer.error_at(*read.path)
        assert error["extensions"]["source"] == self.subject.system.name
        self.hides(answer.body)
        return dict(error)

    def hides(self, *told: object) -> None:
        """Neither the secrets of an account nor what is made of them."""
        text = "\n".join(each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each) for each in told)
        for secret in (*self.subject.secrets(0), *self.subject.secrets(1)):
            assert secret not in text
        assert not self.subject.looks.search(text)


@dataclass(frozen=True)
class Seeded:
    settings: Settings
    urls: Any


def found(answer: Answer, read: Read) -> Any:
    return found_in(answer.data, read)


def found_in(data: Any, read: Read) -> Any:
    value = data
    for name in read.path:
        value = value[name]
    return value


class VendorContract(Ground):
    # ------------------------------------------------------------ respects the ask
    async def test_it_is_asked_for_what_was_asked(self, asked: Gateway, vendors: Sandbox) -> None:
        read = self.subject.simple
        assert read.gives is not None
        assert await self.given(asked, read) == read.gives()
        assert self.sent(vendors) == sorted_by_text(read.sends)

    async def test_a_long_ask_is_as_few_calls_as_the_vendor_allows(self, asked: Gateway, vendors: Sandbox) -> None:
        read = self.subject.chunked
        assert read.gives is not None
        assert await self.given(asked, read) == read.gives()
        assert self.sent(vendors) == sorted_by_text(read.sends)
        assert len(read.sends) > 1

    async def test_what_came_of_a_long_ask_is_shown_and_what_did_not_is_told(
        self, asked: Gateway, vendors: Sandbox
    ) -> None:
        partial = self.subject.partial
        self.fake(vendors).faults(Fault(Kind.STATUS, query=partial.query, status=500))
        answer = await asked.ask(of_app(partial.read.shown), token=EDITOR)
        assert found(answer, partial.read) == partial.gives()
        told = [(source, code) for source, code, _ in missing(answer.body)]
        assert (self.subject.system.name, "SOURCE_UNAVAILABLE") in told

    async def test_gaps_are_left_alone(self, asked: Gateway, vendors: Sandbox) -> None:
        read = self.subject.gaps
        assert read.gives is not None
        read.prepare(vendors)
        gaps = read.gives()
        assert await self.given(asked, read) == gaps
        assert "None" in str(gaps)

    def sent(self, vendors: Sandbox) -> list[str]:
        return sorted_by_text(
            [{name: ",".join(values) for name, values in call.parameters.items()} for call in self.fake(vendors).calls]
        )

    # ------------------------------------------------------------ spends no call twice
    async def test_what_was_told_is_not_asked_again(self, asked: Gateway, vendors: Sandbox) -> None:
        first = await self.given(asked, self.subject.simple)
        calls = self.calls(vendors)
        assert await self.given(asked, self.subject.simple) == first
        assert self.calls(vendors) == calls

    async def test_equal_asks_at_once_are_one(self, asked: Gateway, vendors: Sandbox) -> None:
        self.fake(vendors).faults(Fault(Kind.LATENCY, ms=100))
        answers = await asyncio.gather(*(self.given(asked, self.subject.chunked) for _ in range(20)))
        assert all(answer == answers[0] for answer in answers)
        assert self.calls(vendors) == len(self.subject.chunked.sends)

    async def test_ten_names_of_one_field_are_one_call(self, asked: Gateway, vendors: Sandbox) -> None:
        head, _, rest = self.subject.simple.shown.partition("{")
        inner = rest.rpartition("}")[0]
        text = f"{head}{{ {' '.join(f'a{n}: {inner}' for n in range(10))} }}"
        assert (await asked.ask(of_app(text), token=EDITOR)).data
        assert self.calls(vendors) == len(self.subject.simple.sends)

    async def test_a_restart_spends_no_call_again(self, seeded: Seeded, vendors: Sandbox) -> None:
        async with self.gateway(seeded, vendors) as gateway:
            await linked(gateway, dict(self.subject.to))
            first = await self.given(gateway, self.subject.chunked)
            await gateway.gate.settled()
        calls = self.calls(vendors)
        async with self.gateway(seeded, vendors) as gateway:
            assert await self.given(gateway, self.subject.chunked) == first
        assert self.calls(vendors) == calls == len(self.subject.chunked.sends)

    async def test_a_second_gateway_spends_no_call_again(self, seeded: Seeded, vendors: Sandbox) -> None:
        async with self.gateway(seeded, vendors) as one, self.gateway(seeded, vendors) as other:
            await linked(one, dict(self.subject.to))
            first = await self.given(one, self.subject.chunked)
            await one.gate.settled()
            assert await self.given(other, self.subject.chunked) == first
        assert self.calls(vendors) == len(self.subject.chunked.sends)

    async def test_calls_are_foretold_exactly(self, asked: Gateway, vendors: Sandbox) -> None:
        """Where no more can follow from their answers; and none is foretold of what is kept."""
        for read in (self.subject.simple, self.subject.chunked, *self.subject.every):
            for _ in range(2):
                before = self.calls(vendors)
                told = await self.foretold(asked, read)
                assert self.calls(vendors) == before
                await self.given(asked, read)
                made = self.calls(vendors) - before
                assert made == told["calls"] or (not told["isComplete"] and made > told["calls"]), read.shown
            assert not told["calls"] or not told["isComplete"]

    async def foretold(self, gateway: Gateway, read: Read) -> dict[str, Any]:
        body = {"query": read.text(), "extensions": {"explain": True}}
        headers = {"authorization": f"Bearer {EDITOR}", "parallax-now": NOW}
        answer = (await gateway.http.post("/graphql", json=body, headers=headers)).json()
        [told] = answer["extensions"]["explain"]["vendors"]
        assert told["vendor"] == self.subject.system.name
        return dict(told)

    # ------------------------------------------------------------ by whose credentials
    async def test_what_one_key_was_told_is_not_shown_to_another(self, seeded: Seeded, vendors: Sandbox) -> None:
        """Contracts are about what an account may see. Of equal keys one call is enough."""
        url = self.fake(vendors).url
        async with self.gateway(seeded, vendors) as gateway:
            for client, app, token, account in ((NORDLYS, NOTES, ADMIN, 0), (HIMAL, TREK, STRANGER, 1)):
                credentials = self.subject.credentials(account, url)
                answer = await gateway.ask(CONNECT, token=token, client=str(client), credentials=credentials)
                assert answer.data["vendorConnect"]["userErrors"] == []
                await gateway.ask(LINK, token=token, app=str(app), to=dict(self.subject.to))
            ours, theirs = (of_app(self.subject.simple.shown, *of) for of in ((NOTES, NORDLYS), (TREK, HIMAL)))
            for _ in range(2):
                assert (await gateway.ask(ours, token=EDITOR)).data
                assert (await gateway.ask(theirs, token=STRANGER)).data
        accounts = [call.account for call in self.fake(vendors).calls]
        assert sorted(map(str, accounts)) == ["first"] * len(self.subject.simple.sends) + ["second"] * len(
            self.subject.simple.sends
        )

    # ------------------------------------------------------------ maps failures
    @pytest.mark.parametrize("name", FAILURES)
    async def test_it_fails_in_its_own_fields_alone(self, seeded: Seeded, vendors: Sandbox, name: str) -> None:
        failure = FAILURES[name]
        more = self.subject.settings(0, NOBODY) if failure.is_down else {}
        if failure.fault is not None:
            self.fake(vendors).faults(failure.fault)
        async with self.gateway(seeded, vendors, **more) as gateway:
            await linked(gateway, dict(self.subject.to))
            error = await self.failed(gateway, self.subject.simple)
        assert error["extensions"]["code"] in failure.codes
        assert len(error["message"]) < 400
        if error["extensions"]["code"] != "SOURCE_REJECTED":
            assert error["extensions"]["retryAfterSeconds"] >= 0

    async def test_when_to_come_back_is_obeyed(self, asked: Gateway, vendors: Sandbox) -> None:
        self.fake(vendors).faults(Fault(Kind.STATUS, status=429, retry_after=3600, next_calls=1))
        for _ in range(3):
            error = await self.failed(asked, self.subject.simple)
            assert error["extensions"]["code"] == "SOURCE_QUOTA"
            assert 3500 < error["extensions"]["retryAfterSeconds"] <= 3600
        assert self.calls(vendors) == 1

    async def test_a_redirect_leads_no_secret_away(self, asked: Gateway, vendors: Sandbox) -> None:
        [elsewhere, *_] = [vendor for vendor in vendors.vendors if vendor is not self.fake(vendors)]
        self.fake(vendors).faults(Fault(Kind.REDIRECT, location=f"{elsewhere.url}/somewhere"))
        await self.failed(asked, self.subject.simple)
        assert elsewhere.calls == []

    async def test_an_older_answer_stands_in_for_one_that_fails(self, seeded: Seeded, vendors: Sandbox) -> None:
        async with self.gateway(seeded, vendors, vendor_cache_seconds=0) as gateway:
            await linked(gateway, dict(self.subject.to))
            fresh = await gateway.ask(of_app(self.subject.series.shown), token=EDITOR)
            assert found(fresh, self.subject.series) == {"isStale": False}
            self.fake(vendors).faults(Fault(Kind.STATUS, status=500))
            stale = await gateway.ask(of_app(self.subject.series.shown), token=EDITOR)
        assert found(stale, self.subject.series) == {"isStale": True}
        assert (self.subject.system.name, None) in [(source, code) for source, code, _ in missing(stale.body)]

    async def test_an_answer_that_comes_late_is_there_for_the_next_ask(self, asked: Gateway, vendors: Sandbox) -> None:
        self.fake(vendors).faults(Fault(Kind.LATENCY, ms=1500 * self.subject.patience_s))
        error = await self.failed(asked, self.subject.simple)
        assert error["extensions"]["code"] == "SOURCE_UNAVAILABLE"
        await asked.gate.settled()
        assert self.subject.simple.gives is not None
        assert await self.given(asked, self.subject.simple) == self.subject.simple.gives()
        assert self.calls(vendors) == len(self.subject.simple.sends)

    async def test_what_answers_again_is_asked_again(self, asked: Gateway, vendors: Sandbox) -> None:
        self.fake(vendors).faults(Fault(Kind.STATUS, status=500, next_calls=1))
        await self.failed(asked, self.subject.simple)
        assert self.subject.simple.gives is not None
        assert await self.given(asked, self.subject.simple) == self.subject.simple.gives()

    # ------------------------------------------------------------ hides secrets
    @pytest.fixture
    def log(self, capfd: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
        """All that may be logged."""
        telemetry.configure_logs("debug")
        try:
            yield capfd
        finally:
            telemetry.configure_logs("info")

    @pytest.fixture
    def collector(self, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Collector]:
        tracing.close()
        with collecting() as collector:
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
            tracing.configure(settings.model_copy(update={"traces": True}))
            try:
                yield collector
            finally:
                tracing.close()
        monkeypatch.undo()
        tracing.configure(settings)

    async def test_nothing_tells_a_secret(
        self,
        seeded: Seeded,
        vendors: Sandbox,
        cluster: Cluster,
        log: pytest.CaptureFixture[str],
        collector: Collector,
        tmp_path: Path,
    ) -> None:
        """Neither answers, log, metrics and traces, nor the database, where they are sealed."""
        told: list[object] = []
        faults = sorted(
            (failure.fault for failure in FAILURES.values() if failure.fault is not None),
            key=lambda fault: fault.status == 429,  # after which nothing is asked for a while
        )
        quick = {"vendor_breaker_seconds": 0.001, "deadline": 2 * self.subject.patience_s}
        async with self.gateway(seeded, vendors, traces=True, **quick) as gateway:
            await linked(gateway, dict(self.subject.to))
            credentials = self.subject.credentials(1, self.fake(vendors).url)
            for more in (credentials, {"none": credentials}):
                answer = await gateway.ask(CONNECT, token=ADMIN, client=str(NORDLYS), credentials=more)
                told.append({"data": answer.body.get("data")})  # what a caller sent wrongly is told back to them alone
            for number, fault in enumerate([None, *faults]):
                self.fake(vendors).clear_faults()
                self.fake(vendors).faults(*([] if fault is None else [fault]))
                answer = await gateway.ask(of_app(self.subject.other(number)), token=EDITOR)
                told += [answer.body, answer.headers]
            await gateway.gate.settled()
            told.append((await gateway.http.get("/metrics")).text)
            tracing.flush()
        async with plainly(cluster, seeded.urls) as superuser:
            for table in await superuser.rows("select tablename as name from pg_tables where schemaname = 'parallax'"):
                told += [row["line"] for row in await superuser.rows(f"select t::text as line from {table['name']} t")]
        assert any(span.name.startswith("call ") for span in collector.spans)
        logged = "".join(log.readouterr())
        assert '"request"' in logged
        self.hides(*told, *collector.bodies, logged)


def sorted_by_text(sent: Any) -> list[str]:
    return sorted(str(sorted(each.items())) for each in sent)


@pytest.mark.slow
class FaultMatrix(Ground):
    """Every failure, at every endpoint."""

    @pytest.mark.parametrize("name", FAILURES)
    async def test_every_endpoint_fails_in_its_own_field_and_comes_back(
        self, seeded: Seeded, vendors: Sandbox, name: str
    ) -> None:
        failure = FAILURES[name]
        more = dict(self.subject.settings(0, NOBODY)) if failure.is_down else {}
        self.fake(vendors).faults(*filter(None, [failure.fault]))
        async with self.gateway(seeded, vendors, **more, vendor_breaker_seconds=0.001) as gateway:
            await linked(gateway, dict(self.subject.to))
            for read in self.subject.every:
                error = await self.failed(gateway, read)
                assert error["extensions"]["code"] in failure.codes, read.shown
        self.fake(vendors).clear_faults()
        async with self.gateway(seeded, vendors) as gateway:
            for read in self.subject.every:
                assert await self.given(gateway, read) is not None

    @pytest.mark.parametrize("name", [name for name, failure in FAILURES.items() if failure.fault is not None])
    async def test_a_dead_vendor_is_not_asked_much_more_than_before(
        self, asked: Gateway, vendors: Sandbox, name: str
    ) -> None:
        """R6: a call and a tenth for each question at most, and the few that open the breaker."""
        self.fake(vendors).faults(*filter(None, [FAILURES[name].fault]))
        for number in range(40):
            answer = await asked.ask(of_app(f"{self.subject.other(number)} {OTHERS}"), token=EDITOR)
            assert {each: answer.body["data"]["client"]["app"][each] for each in PEACE} == PEACE
        assert self.calls(vendors) <= 44
