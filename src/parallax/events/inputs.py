"""What may be sent as an event or a log, and why a row is refused. Pure.

Reads rows as a mutation or a line of JSON has them into a `Batch`: the same checks wherever a row comes from.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

from parallax.engine.batches import Batch, Named, T
from parallax.engine.frames import EVENTS, LOGS
from parallax.events.instants import INSTANT_WANTED, instant_of, microseconds
from parallax.events.properties import NULS, Properties, is_text
from parallax.references import app_of
from parallax.usage.reports import Refused, Rejected

DAY_US: Final = 86_400_000_000
MOST_APPS: Final = 10_000
LONGEST_NAME: Final = 200
LONGEST_ID: Final = 500
LONGEST_MESSAGE: Final = 2**16
EVENT_FIELDS: Final = ("id", "name", "at", "user", "session", "app", "properties")
LOG_FIELDS: Final = ("id", "at", "level", "service", "source", "message", "user", "session", "app", "properties")
READ_LAST: Final = frozenset({"message", "service", "source", "properties"})
"""A row that is refused for one of these has been read in part."""
SERVICE, SOURCE, MESSAGE = ":service", ":source", ":message"
"""Fields of logs in frames; a property cannot have such a name there (see `properties`)."""


class LogLevel(Enum):
    """From the gravest on; by whatever name syslog and the usual libraries know them."""

    EMERGENCY = "EMERGENCY"
    ALERT = "ALERT"
    CRITICAL = "CRITICAL"
    ERROR = "ERROR"
    WARNING = "WARNING"
    NOTICE = "NOTICE"
    INFO = "INFO"
    DEBUG = "DEBUG"
    TRACE = "TRACE"


LEVELS: Final = tuple(LogLevel.__members__)


def events_read(
    client: UUID, rows: Iterable[Mapping[str, Any]], now: datetime, places: Sequence[int] | None = None
) -> Batch:
    """Events; `places` are those of the rows in what was sent, else from 0. `now` is when they arrived."""
    return _read(EventReader(client, now), rows, places)


def logs_read(
    client: UUID, rows: Iterable[Mapping[str, Any]], now: datetime, places: Sequence[int] | None = None
) -> Batch:
    """The same for logs."""
    return _read(LogReader(client, now), rows, places)


def _read(reader: "_Reader", rows: Iterable[Mapping[str, Any]], places: Sequence[int] | None) -> Batch:
    add = reader.add
    for place, row in enumerate(rows) if places is None else zip(places, rows, strict=True):
        add(place, row)
    return reader.batch()


class _Reader:
    """Reads rows of one client and one stream. `add` is what most of the time of ingest goes into: hence its shape."""

    stream = EVENTS
    fields: tuple[str, ...] = EVENT_FIELDS

    def __init__(self, client: UUID, now: datetime) -> None:
        self._batch = Batch(self.stream)
        self._client = client
        self._now_us = microseconds(now)
        self._last_us = self._now_us + DAY_US
        self._known = frozenset(self.fields)
        self._apps: dict[str, int] = {}
        self._properties = Properties(self._batch.fields)
        self._rows: list[tuple[int, str, int, int, int, int, int]] = []
        self._names, self._users, self._sessions = (
            named.numbers for named in (self._batch.names, self._batch.users, self._batch.sessions)
        )

    def batch(self) -> Batch:
        """All that was added."""
        batch = self._batch
        columns: list[list[Any]] = [list(column) for column in zip(*self._rows, strict=True)] or [[] for _ in range(7)]
        batch.places, batch.ids, batch.at, batch.names.codes, batch.users.codes, batch.sessions.codes = columns[:6]
        batch.apps.codes = columns[6]
        return batch

    def __len__(self) -> int:
        """Rows added, those refused among them."""
        return len(self._rows) + len(self._batch.rejected)

    def add(self, place: int, row: Mapping[str, Any]) -> None:
        at_row = len(self._rows)
        try:
            if not self._known.issuperset(row):
                self._unknown(row)
            sent = row.get
            name = self._name(row)
            id, at = sent("id"), sent("at")
            if id is None or id == "":
                id = ""
            else:
                if type(id) is not str or len(id) > LONGEST_ID or not id.isascii() or "\0" in id:
                    _check(id, "id")
                if at is None:
                    raise Refused("at", "at: with an id it must be given: a repeat is known by its id and its UTC day")
            at_us = self._now_us if at is None else instant_of(at) if type(at) is str else None
            if at_us is None or not 0 <= at_us <= self._last_us:
                at_us = self._at(at)
            # Texts that came before are known to be good: a list, which has no hash, never is one of them.
            user, session, app = sent("user"), sent("session"), sent("app")
            user_code = 0 if user is None else (type(user) is str and self._users.get(user)) or self._user(user)
            session_code = (
                0
                if session is None
                else (type(session) is str and self._sessions.get(session)) or self._session(session)
            )
            app_code = 0 if app is None else (type(app) is str and self._apps.get(app)) or self._app(app)
            self._own(at_row, row)
            properties = sent("properties")
            if properties is not None:
                self._properties.add(at_row, properties)
        except Refused as refused:
            if refused.field in READ_LAST:
                self._take_back(at_row)
            self._batch.rejected.append(Rejected(place, refused.field, str(refused)))
        else:
            self._rows.append((place, id, at_us, name, user_code, session_code, app_code))

    def _name(self, row: Mapping[str, Any]) -> int:
        """The code of the event's name, or of the log's level."""
        name = row.get("name")
        code = self._names.get(name) if type(name) is str else None
        if code is not None:
            return code
        if name is None or name == "":
            raise Refused("name", f"name: is missing: say what happened, in 1 to {LONGEST_NAME} characters")
        _check(name, "name", LONGEST_NAME)
        return _numbered(self._batch.names, name)

    def _own(self, at_row: int, row: Mapping[str, Any]) -> None:
        """What only this stream has."""

    def _at(self, at: Any) -> int:
        """Of what is no text, or not within bounds."""
        at_us = instant_of(at) if type(at) is str else microseconds(at) if isinstance(at, datetime) else None
        if at_us is None:
            raise Refused("at", f"at: {_shown(at)} is not {INSTANT_WANTED}")
        if at_us < 0:
            raise Refused("at", f"at: {_shown(at)} is before 1970")
        if at_us > self._last_us:
            raise Refused("at", f"at: {_shown(at)} is more than 24 hours ahead of the server's clock")
        return at_us

    def _user(self, value: Any) -> int:
        """0 for the empty id, which is none (I5)."""
        return 0 if value == "" else _numbered(self._batch.users, _check(value, "user"))

    def _session(self, value: Any) -> int:
        return 0 if value == "" else _numbered(self._batch.sessions, _check(value, "session"))

    def _app(self, value: Any) -> int:
        app = app_of(value, self._client) if type(value) is str else None
        if app is None:
            raise Refused("app", "app: must be the global id or the UUID of an app of this client")
        code = _numbered(self._batch.apps, app)
        if len(self._apps) < MOST_APPS:
            self._apps[value] = code
        return code

    def _unknown(self, row: Mapping[str, Any]) -> None:
        unknown = min(set(row) - self._known, key=str)
        field = unknown if is_text(unknown) else "?"
        raise Refused(field[:100], f"unknown field {_shown(unknown)}: allowed are {', '.join(self.fields)}")

    def _take_back(self, at_row: int) -> None:
        self._batch.has_leftovers = True
        for values in self._batch.fields.values():
            values.drop(at_row)


class EventReader(_Reader):
    pass


class LogReader(_Reader):
    stream = LOGS
    fields = LOG_FIELDS

    def _name(self, row: Mapping[str, Any]) -> int:
        level = row.get("level")
        name = "INFO" if level is None else level.value if isinstance(level, LogLevel) else level
        if not isinstance(name, str) or name not in LogLevel.__members__:
            raise Refused("level", f"level: {_shown(level)} is no level. Allowed: {', '.join(LEVELS)}")
        return _numbered(self._batch.names, name)

    def _own(self, at_row: int, row: Mapping[str, Any]) -> None:
        message = row.get("message")
        if type(message) is not str:
            raise Refused("message", "message: must be a text")
        if len(message) > LONGEST_MESSAGE or len(message.encode(errors="surrogatepass")) > LONGEST_MESSAGE:
            raise Refused("message", f"message: is longer than {LONGEST_MESSAGE} bytes")
        if not is_text(message):
            raise Refused("message", f"message: {NULS}")
        self._properties.put(at_row, MESSAGE, message)
        for name, field in (("service", SERVICE), ("source", SOURCE)):
            value = row.get(name)
            if value:
                _check(value, name)
                self._properties.put(at_row, field, value)
            elif value is not None and type(value) is not str:
                raise Refused(name, f"{name}: must be a text")


def _check(value: Any, field: str, longest: int = LONGEST_ID) -> str:
    """The value, if it is a text that may be stored."""
    if type(value) is not str:
        raise Refused(field, f"{field}: must be a text")
    if len(value) > longest:
        raise Refused(field, f"{field}: is longer than {longest} characters")
    if not is_text(value):
        raise Refused(field, f"{field}: {NULS}")
    return value


def _numbered(named: Named[T], value: T) -> int:
    return named.numbers.setdefault(value, len(named.numbers) + 1)


def _shown(value: Any) -> str:
    text = value.isoformat() if isinstance(value, datetime) else ascii(value)
    return text if len(text) <= 60 else text[:57] + "…"
