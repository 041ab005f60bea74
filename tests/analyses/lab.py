"""A client of its own with random events: partly folded, partly waiting, some ids merged. And random questions to it."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from parallax.access.viewer import Role, Viewer
from parallax.analyses.questions import WINDOWS, Function, Ground, Measure, Question
from parallax.analytics.loaders import asked_loader
from parallax.db import Database
from parallax.engine.fold import fold
from parallax.engine.ingest import store
from parallax.events.inputs import events_read
from parallax.filters import Operator, RawCondition, checked, checked_dimension, field_of
from parallax.periods import FROM_DAY, Granularity, Period, axis, today
from parallax.scopes import Scope
from parallax.users.declared import Declared
from parallax.users.identify import identify
from tests.analyses.plain import Row
from tests.seeds import MADE_APP, MADE_CLIENT, MADE_STATE

NOW = datetime(2026, 4, 2, 10, 30, tzinfo=UTC)
ZONES = ("Europe/Berlin", "Asia/Kathmandu", "America/Sao_Paulo", "Australia/Lord_Howe", "UTC", "America/New_York")
NAMES = ("open", "pay", "sign up", "Ünïcode ✓", "'; drop table event_day; --")
VALUES: tuple[Any, ...] = (
    "NO", "SE", "", "25", 25, 25.0, 2.5, -0.0, True, None, [1], {"b": 3}, "no", 1e21, "\u202eRTL", "🙂", 2**53,
)  # fmt: skip
CONDITIONS: tuple[tuple[str, Operator, Any], ...] = (
    ("country", Operator.EQ, "NO"),
    ("country", Operator.NE, "NO"),
    ("country", Operator.IN, ["NO", "25"]),
    ("country", Operator.IS_NOT_SET, None),
    ("amount", Operator.GT, 3),
    ("amount", Operator.CONTAINS, "5"),
    ("amount.b", Operator.EQ, 3),
    ("event", Operator.STARTS_WITH, "o"),
    ("user", Operator.EQ, "u1"),
    ("session", Operator.IS_SET, None),
    ("nothing", Operator.NOT_IN, ["x"]),
    ("amount", Operator.REGEX, "^[0-9]+$"),
)
DIMENSIONS = ("country", "amount", "event", "user", "nothing", "amount.b", "session")


@dataclass
class Lab:
    db: Database
    client: UUID
    app: UUID
    zone: str
    random: random.Random
    sent: list[tuple[int, dict[str, Any]]] = field(default_factory=list)  # position, what was sent
    users: dict[str, str] = field(default_factory=dict)  # id -> the user that it is

    @property
    def scope(self) -> Scope:
        return Scope.of(self.client)

    @classmethod
    async def made(cls, db: Database, seed: int) -> "Lab":
        draw = random.Random(seed)
        lab = cls(db, uuid4(), uuid4(), draw.choice(ZONES), draw)
        async with db.writing(lab.scope) as transaction:
            await transaction.run(MADE_CLIENT, lab.client, f"lab {lab.client}", lab.zone)
            await transaction.run(MADE_STATE, lab.client)
            await transaction.run(MADE_APP, lab.client, lab.app, "the app")
        return lab

    async def fill(self, batches: int, events: int) -> None:
        """Random batches; after each, perhaps, a fold or a declaration."""
        for _ in range(batches):
            await self.send([self._event() for _ in range(self.random.randint(1, events))])
            if self.random.random() < 0.5:
                await fold(self.db, self.client)
            if self.random.random() < 0.4:
                await self.declare()

    async def send(self, events: list[dict[str, Any]]) -> None:
        batch = events_read(self.client, events, NOW)
        assert not batch.rejected, batch.rejected
        stored = await store(self.db, self.scope, self.client, batch)
        assert stored.accepted == len(events)
        first = stored.position - len(events) + 1
        self.sent += [(first + place, event) for place, event in enumerate(events)]

    async def declare(self) -> None:
        """One id that nobody has yet becomes a user's."""
        free = [f"u{at}" for at in range(2, 9) if f"u{at}" not in self.users]
        if free:
            await self.identify(self.random.choice(("u0", "u1")), self.random.choice(free))

    async def identify(self, user: str, anonymous: str) -> None:
        done = await identify(self.db, self.scope, self.client, [Declared(0, user, (anonymous,), {})], NOW)
        assert done.accepted == 1
        self.users[anonymous] = user

    def _event(self) -> dict[str, Any]:
        draw = self.random
        days = draw.choice((0, 1, 2, 5, 20, 40, 95))
        at = NOW - timedelta(
            days=days, seconds=draw.choice((0, 0, 1800, 40_000, 86_399)), microseconds=draw.choice((0, 1))
        )
        event: dict[str, Any] = {"name": draw.choice(NAMES), "at": at.isoformat(), "id": str(uuid4())}
        if draw.random() < 0.9:
            event["user"] = f"u{draw.randint(0, 8)}"
        if draw.random() < 0.7:
            event["session"] = f"s{draw.randint(0, 5)}"
        if draw.random() < 0.5:
            event["app"] = str(self.app)
        event["properties"] = {name: draw.choice(VALUES) for name in ("country", "amount") if draw.random() < 0.8}
        return event

    # ------------------------------------------------------------ the same as rows

    def rows(self) -> list[Row]:
        return [
            Row(
                datetime.fromisoformat(event["at"]),
                position,
                event["name"],
                self.users.get(event["user"], event["user"]) if "user" in event else None,
                event.get("session"),
                UUID(event["app"]) if "app" in event else None,
                event["properties"],
            )
            for position, event in self.sent
        ]

    # ------------------------------------------------------------ questions

    def question(self, measure: Measure) -> Question:
        draw = self.random
        granularity = draw.choice(FROM_DAY if measure in WINDOWS else list(Granularity)[1:])
        last = today(NOW, self.zone) + timedelta(draw.choice((0, 0, -1, 2, 9)))
        days = draw.choice((1, 3, 30, 120)) if granularity in FROM_DAY else draw.choice((1, 3, 60))
        period = Period(last - timedelta(days - 1), last)
        ground = Ground(self.client, draw.choice((None, self.app)), 0, self.zone, today(NOW, self.zone))
        conditions = [RawCondition(*draw.choice(CONDITIONS)) for _ in range(draw.choice((0, 0, 1, 1, 2)))]
        event = None if measure is Measure.USERS else draw.choice((None, *NAMES[:2], "never"))
        if measure is Measure.FIRST_TIME:
            event = draw.choice(NAMES[:2])
        function = None
        if measure is Measure.PER_ACTOR:
            function = draw.choice([each for each in Function if each is not Function.COUNT])
        elif measure is Measure.PROPERTY:
            function = draw.choice(list(Function))
        property = measure is Measure.PROPERTY or (measure is Measure.PER_ACTOR and draw.random() < 0.5)
        return Question(
            ground,
            measure,
            axis(period, granularity, self.zone, ground.today, NOW),
            event,
            checked(conditions),
            function,
            field_of("amount") if property else None,
            match_mode=measure is Measure.FIRST_TIME and draw.random() < 0.5,
            lookback_days=draw.choice((None, 0, 10)) if measure is Measure.FIRST_TIME else None,
            dimension=checked_dimension(draw.choice(DIMENSIONS)),
        )

    async def ask(self, *asks: Any) -> list[Any]:
        viewer = Viewer(uuid4(), "lab", {self.client: Role.ADMIN})
        return list(await asked_loader(self.db, viewer).load_many(list(asks)))
