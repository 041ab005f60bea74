"""A client of a test's own, with what the test sends: each answer is asked for over events that wait or are folded."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from parallax.db import Database
from parallax.engine.fold import fold
from parallax.ids import parse
from tests.gateways import Answer, Gateway
from tests.seeds import OPERATOR

NOW = "2026-03-22T12:00:00+01:00"
OUTCOME = "accepted rejected { index field code message } userErrors { code field message }"
CREATE = "mutation ($input: ClientCreateInput!) { clientCreate(input: $input) { client { id } } }"
APP = "mutation ($input: AppCreateInput!) { appCreate(input: $input) { app { id } } }"
EVENTS = "mutation ($client: ID!, $events: [EventInput!]!) { eventsTrack(client: $client, events: $events) { duplicates %s } }"
LOGS = "mutation ($client: ID!, $logs: [LogInput!]!) { logsTrack(client: $client, logs: $logs) { %s } }"
IDENTIFY = (
    "mutation ($client: ID!, $users: [UserIdentifyInput!]!) { usersIdentify(client: $client, users: $users) { %s } }"
)
ERASE = "mutation ($client: ID!, $users: [String!]!) { usersErase(client: $client, users: $users) { erased } }"


def event(
    at: str, name: str = "open", user: str | None = None, session: str | None = None, **more: Any
) -> dict[str, Any]:
    """`at` is of March 2026 in Berlin's winter time, as `02T09:00`, or a whole instant. What is not a field is a property."""
    instant = at if len(at) > 14 else f"2026-03-{at}:00+01:00"
    given: dict[str, Any] = {"user": user, "session": session, "id": more.pop("id", None), "app": more.pop("app", None)}
    fields = {field: value for field, value in given.items() if value is not None}
    return {"at": instant, "name": name, **fields, "properties": more}


def days(start: int, end: int) -> str:
    return f'period: {{start: "2026-03-{start:02}", end: "2026-03-{end:02}"}}'


@dataclass
class Own:
    gateway: Gateway
    db: Database
    id: str
    folds: bool
    now: str = NOW

    @classmethod
    async def made(cls, gateway: Gateway, db: Database, folds: bool, zone: str) -> "Own":
        answer = await gateway.ask(CREATE, token=OPERATOR, input={"name": "Own", "timeZone": zone})
        return cls(gateway, db, answer.data["clientCreate"]["client"]["id"], folds)

    @property
    def uuid(self) -> UUID:
        found = parse(self.id)
        assert found is not None
        return found.client

    async def _sent(self, text: str, **rows: Any) -> Any:
        answer = await self.gateway.ask(text % OUTCOME, token=OPERATOR, now=self.now, client=self.id, **rows)
        if self.folds:
            await fold(self.db, self.uuid)
        [outcome] = answer.data.values()
        return outcome

    async def sends(self, *events: dict[str, Any]) -> Any:
        """What became of the events."""
        return await self._sent(EVENTS, events=list(events))

    async def has(self, *events: dict[str, Any]) -> "Own":
        """All of them are accepted."""
        outcome = await self.sends(*events)
        assert outcome["accepted"] == len(events), outcome
        return self

    async def logged(self, *logs: dict[str, Any]) -> None:
        outcome = await self._sent(LOGS, logs=list(logs))
        assert outcome["accepted"] == len(logs), outcome

    async def knows(self, id: str, *aliases: str, **traits: Any) -> Any:
        user = {"id": id, "aliases": list(aliases), "traits": traits}
        return await self._sent(IDENTIFY, users=[user])

    async def forgets(self, *users: str) -> None:
        answer = await self.gateway.ask(ERASE, token=OPERATOR, now=self.now, client=self.id, users=list(users))
        assert answer.data["usersErase"]["erased"] == len(users)

    async def app(self, name: str) -> str:
        answer = await self.gateway.ask(APP, token=OPERATOR, input={"client": self.id, "name": name})
        return str(answer.data["appCreate"]["app"]["id"])

    async def answered(self, field: str, app: str | None = None, **variables: Any) -> Answer:
        inner = f"it: {field}" if app is None else f'app(id: "{app}") {{ it: {field} }}'
        given = variables.pop("given", "")
        text = f'query {f"({given})" if given else ""} {{ client(id: "{self.id}") {{ {inner} }} }}'
        return await self.gateway.ask(text, token=OPERATOR, now=self.now, **variables)

    async def ask(self, field: str, app: str | None = None, **variables: Any) -> Any:
        client = (await self.answered(field, app, **variables)).data["client"]
        return client["it"] if app is None else client["app"]["it"]

    async def values(self, question: str, app: str | None = None) -> tuple[list[float | None], float | None]:
        """Values and total of a series."""
        found = await self.ask(f"{question} {{ values total }}", app)
        return found["values"], found["total"]

    async def total(self, question: str, app: str | None = None) -> float | None:
        return (await self.values(question, app))[1]

    async def slices(self, question: str, first: int = 25, shown: str = "values") -> list[tuple[Any, ...]]:
        """Of each slice: dimension, isOther, total and `shown`."""
        found = await self.ask(f"{question} {{ breakdown(first: {first}) {{ dimension isOther total {shown} }} }}")
        return [tuple(each.values()) for each in found["breakdown"]]

    async def names(self, where: str, variable: Any = None) -> set[str]:
        """Names of the events of March that satisfy a condition, of which $x is a value."""
        given = {"given": "$x: JSON", "x": variable} if "$x" in where else {}
        found = await self.ask(f"topEvents({days(1, 31)}, first: 1000, where: [{{{where}}}]) {{ name }}", **given)
        return {each["name"] for each in found}
