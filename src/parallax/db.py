"""The one door to PostgreSQL, and the only import of asyncpg.

Every statement runs as a narrow role inside a *scope*: the clients whose rows row-level security lets through. The scope
travels as a sealed session setting (see migrations/0001). A reading connection keeps the scope it carries and is told a
new one only when the next question's differs: nearly always no extra round trip. That is safe because a reading
connection runs nothing but `Statement`s, which are files of this package, as a role that can neither write, make a
temporary table nor change its role. Writing happens in transactions that forget their scope at the end.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from functools import partial
from typing import Any, Self, TypeAlias, TypeVar

import asyncpg

from parallax import telemetry, tracing
from parallax.errors import Conflict, ErrorCode, ParallaxError, SetupError, SourceUnavailable, Timeout
from parallax.pool import Pool
from parallax.scopes import SEAL_S, Scope, Statement, sealed
from parallax.settings import Settings

T = TypeVar("T")
Record: TypeAlias = Any
"""A row: by column name or by place, and as a tuple."""
SET_SCOPE = "select set_config('parallax.scope', $1, false)"
SLOW = "The answer took longer than the request's deadline."
GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InternalClientError,  # what a call meets whose connection breaks at that very moment
    ConnectionError,
    FileNotFoundError,
)
"""The server went away, is coming back, or another has taken its place: a read may be asked again."""

UNSTORABLE = (asyncpg.CharacterNotInRepertoireError, UnicodeEncodeError)


class Unstorable(ParallaxError):
    """A text that no row can hold was asked for or sent."""

    code = ErrorCode.INVALID_PARAMETER

    def __init__(self) -> None:
        super().__init__("A text holds a character that no stored text can: NUL, or half of a surrogate pair.")


deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
"""Monotonic time at which the running request has to be answered; None outside of requests."""

statements: ContextVar[list[str] | None] = ContextVar("statements", default=None)
"""Names of the statements that the running request caused, in order; None where nobody wants to know."""


class Carrier(asyncpg.Connection):  # type: ignore[misc]
    """A connection that knows which scope it carries."""

    __slots__ = ("carried", "carried_until")

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.carried: Scope | None = None
        self.carried_until = 0.0

    async def carry(self, scope: Scope, key: bytes, ends: float) -> None:
        """From here on the session sees the rows of `scope`."""
        now = time.time()
        if self.carried == scope and self.carried_until > now:
            return
        self.carried = None  # a call that is cut off leaves it unknown, not the old one
        await self.fetchval(SET_SCOPE, sealed(scope, key, now), timeout=_left(ends))
        self.carried, self.carried_until = scope, now + SEAL_S / 2


class Database:
    """Two pools: one that reads as `…_app`, one that writes as `…_ingest`. Never the owner's."""

    def __init__(self, settings: Settings, reading_url: str, writing_url: str) -> None:
        self.settings = settings
        self._key = settings.derived("scope")
        patience_ms = str(int(settings.deadline * 1000) + 1000)
        session = {
            "search_path": "parallax",
            "application_name": "parallax",
            "statement_timeout": patience_ms,
            "lock_timeout": patience_ms,
            "idle_in_transaction_session_timeout": patience_ms,
            # A statement whose caller is gone is noticed while it runs, not when it wants to answer.
            "client_connection_check_interval": "250",
            "jit": "off",
            "timezone": "UTC",
        }
        # What reads is written so that one plan suits all values: planning anew costs more than it gains.
        reading = {**session, "default_transaction_read_only": "on", "plan_cache_mode": "force_generic_plan"}
        self._reading = Pool(partial(_connect, reading_url, reading), settings.pool_size)
        self._writing = Pool(partial(_connect, writing_url, session), settings.ingest_pool_size)
        telemetry.hide_settings(settings)
        telemetry.hide(reading_url, writing_url)
        for name, pool in ("reading", self._reading), ("writing", self._writing):
            telemetry.watch_pool(name, pool)

    async def __aenter__(self) -> Self:
        try:
            connection = await self._reading.take(self.settings.pool_wait)
        except (OSError, asyncpg.PostgresError, TimeoutError) as error:
            raise cannot_connect(error) from error
        self._reading.give_back(connection, sound=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        for pool in (self._reading, self._writing):
            with suppress(*GONE, TimeoutError, asyncpg.InterfaceError):
                async with asyncio.timeout(5):
                    await pool.close()

    @property
    def busy(self) -> tuple[int, int]:
        """Reading connections that are lent out, and how many there may be."""
        return self._reading.lent, self._reading.size

    async def rows(self, scope: Scope | None, asked: Statement, *values: Any) -> list[Record]:
        """Rows of one reading statement. Asked again, within the deadline, when the server goes away in between.

        `scope` is None for a statement that reads no client's rows: it takes whatever the connection carries.
        """
        _note(asked)

        async def fetched(connection: Carrier, ends: float) -> list[Record]:
            with telemetry.timed_statement(asked.name):
                answer: list[Record] = await connection.fetch(asked.text, *values, timeout=_left(ends))
            return answer

        with tracing.statement(asked.name):
            return await self._reading_again(scope, fetched)

    async def snapshot(self, scope: Scope, work: Callable[["Transaction"], Awaitable[T]]) -> T:
        """What `work` answers from reading statements that all see one instant. Begun again as `rows` is."""

        async def within(connection: Carrier, ends: float) -> T:
            await connection.execute("begin isolation level repeatable read read only", timeout=_left(ends))
            answer = await work(Transaction(connection, ends))
            await connection.execute("commit", timeout=_left(ends))
            return answer

        return await self._reading_again(scope, within)

    async def _reading_again(self, scope: Scope | None, use: Callable[["Carrier", float], Awaitable[T]]) -> T:
        ends = self._ends()
        pause_s = 0.05
        while True:
            try:
                return await self._read(scope, use, ends)
            except (*GONE, asyncpg.InterfaceError) as error:
                if time.monotonic() + pause_s > ends:
                    raise SourceUnavailable("The database does not answer.", retry_after_s=2) from error
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, 0.5)

    async def _read(self, scope: Scope | None, use: Callable[["Carrier", float], Awaitable[T]], ends: float) -> T:
        connection = await self._take(self._reading, ends)
        sound = False
        try:
            if scope is not None:
                await connection.carry(scope, self._key, ends)
            answer = await use(connection, ends)
            sound = True
            return answer
        except (TimeoutError, asyncpg.QueryCanceledError) as error:
            raise Timeout(SLOW) from error
        except UNSTORABLE as error:
            raise Unstorable from error
        except (asyncpg.PostgresError, ParallaxError):
            sound = not connection.is_in_transaction()
            raise
        finally:
            self._reading.give_back(connection, sound=sound)

    @asynccontextmanager
    async def writing(self, scope: Scope) -> AsyncIterator["Transaction"]:
        """One transaction as the writing role: all of it is kept, or nothing."""
        ends = self._ends()
        outcome = "Nothing was changed."
        connection, sound = None, False
        try:
            connection = await self._take(self._writing, ends)
            begin = f"begin; select set_config('parallax.scope', '{sealed(scope, self._key, time.time())}', true)"
            await connection.execute(begin, timeout=_left(ends))
            try:
                yield Transaction(connection, ends)
            except (ParallaxError, asyncpg.PostgresError):
                with suppress(TimeoutError, asyncpg.InterfaceError, *GONE):
                    await connection.execute("rollback", timeout=1)  # keeps the connection; any other way ends it
                    sound = True
                raise
            left_s = _left(ends)
            outcome = "The change may have been kept: sending it again is safe."
            await connection.execute("commit", timeout=left_s)
            sound = True
        except (*GONE, asyncpg.InterfaceError) as error:
            raise SourceUnavailable(f"The database went away. {outcome}", retry_after_s=2) from error
        except (TimeoutError, Timeout, asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError) as error:
            raise Timeout(f"{SLOW} {outcome}") from error
        except asyncpg.UniqueViolationError as error:
            raise Conflict("It exists already.") from error
        except UNSTORABLE as error:
            raise Unstorable from error
        finally:
            if connection is not None:
                self._writing.give_back(connection, sound=sound)

    async def _take(self, pool: Pool[Carrier], ends: float) -> Carrier:
        try:
            return await pool.take(min(self.settings.pool_wait, _left(ends)))
        except asyncpg.TooManyConnectionsError as error:
            raise SourceUnavailable("The database takes no more connections.", retry_after_s=2) from error
        except TimeoutError as error:  # of connecting: the pool's own waiting is a SourceUnavailable
            raise ConnectionError("no connection within the time-out") from error

    def _ends(self) -> float:
        return deadline.get() or time.monotonic() + self.settings.deadline


class Transaction:
    """Statements of one transaction of `Database.writing`."""

    def __init__(self, connection: Any, ends: float) -> None:
        self._connection, self._ends = connection, ends

    async def rows(self, asked: Statement, *values: Any) -> list[Record]:
        _note(asked)
        with tracing.statement(asked.name), telemetry.timed_statement(asked.name):
            answer: list[Record] = await self._connection.fetch(asked.text, *values, timeout=_left(self._ends))
        return answer

    async def run(self, asked: Statement, *values: Any) -> int:
        """How many rows the statement changed."""
        _note(asked)
        with tracing.statement(asked.name), telemetry.timed_statement(asked.name):
            tag: str = await self._connection.execute(asked.text, *values, timeout=_left(self._ends))
        return int(tag.rpartition(" ")[2])


class Owner:
    """A connection as the role that owns the tables: for migrations and `doctor`, never for serving."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def script(self, text: str) -> None:
        await self._connection.execute(text)

    async def rows(self, text: str, *values: Any) -> list[Record]:
        answer: list[Record] = await self._connection.fetch(text, *values)
        return answer

    async def value(self, text: str, *values: Any) -> Any:
        return await self._connection.fetchval(text, *values)

    def transaction(self) -> Any:
        return self._connection.transaction()


@asynccontextmanager
async def connected(url: str, **session: str) -> AsyncIterator[Owner]:
    """A single connection outside of the pools; errors of the server become SetupErrors with its own words."""
    try:
        connection = await asyncpg.connect(url, timeout=10, server_settings={"application_name": "parallax", **session})
    except (OSError, asyncpg.PostgresError, TimeoutError, ValueError) as error:
        raise cannot_connect(error) from error
    try:
        yield Owner(connection)
    except asyncpg.InsufficientPrivilegeError as error:
        raise SetupError(f"The database refuses: {error}. {error.hint or ''}".strip()) from error
    except asyncpg.InsufficientResourcesError as error:
        raise SetupError(f"The database's machine is short of something: {error}. Nothing was changed.") from error
    except (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError) as error:
        raise SetupError(f"The database is busy: {error}. Try again when its long transactions are over.") from error
    finally:
        await connection.close(timeout=5)


def cannot_connect(error: BaseException) -> SetupError:
    """Why no connection could be had, without the password that was tried."""
    if isinstance(error, asyncpg.InvalidPasswordError | asyncpg.InvalidAuthorizationSpecificationError):
        return SetupError(
            f"The database refuses the log-in: {error}. Run `parallax migrate` with the same PARALLAX_SECRET_KEY "
            "(it makes the roles), or correct the URL."
        )
    reason = "no answer within the time-out" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
    return SetupError(f"Cannot connect to the database: {reason}. Check DATABASE_URL and that PostgreSQL runs.")


async def _connect(url: str, session: dict[str, str]) -> Carrier:
    connection: Carrier = await asyncpg.connect(url, timeout=5, connection_class=Carrier, server_settings=session)
    return connection


def check_deadline() -> None:
    """For work between statements: raises Timeout when the running request had to be answered by now."""
    ends = deadline.get()
    if ends is not None:
        _left(ends)


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise Timeout(SLOW)
    return left


def _note(asked: Statement) -> None:
    names = statements.get()
    if names is not None:
        names.append(asked.name)
