"""Every setting, with its default: environment variables `PARALLAX_…`, and `DATABASE_URL` by its usual name."""

import contextlib
import hashlib
import hmac
import math
import os
import secrets
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from parallax.embedded import default_data_dir
from parallax.errors import SetupError

OFF = math.inf
"""What a limit is when it is switched off: no number is larger."""


def _limit(value: Any) -> int | float:
    """A positive whole number, or the word: 0 would leave open whether it means none or no limit."""
    if value == OFF or (isinstance(value, str) and value.strip().lower() == "off"):
        return OFF
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = 0
    if number < 1 or isinstance(value, float | bool):
        raise ValueError("must be a whole number from 1, or off")
    return number


def _batch(value: Any) -> Any:
    return {"off": None, "on": 10}.get(value.strip().lower(), value) if isinstance(value, str) else value


def _quarter_of_memory() -> int:
    """In MiB, from 64 to 4096: of the machine's memory, or of what its container may have."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError, ValueError):  # no such container, or one that may have all ("max")
        memory = min(memory, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return max(64, min(4096, memory // 4 // 2**20))


def origins(listed: str) -> list[str]:
    """The origins of a setting that lists them by comma."""
    return [origin.strip().rstrip("/") for origin in listed.split(",") if origin.strip()]


Limit = Annotated[int | float, BeforeValidator(_limit)]


class Settings(BaseSettings):
    """Read once at start. Durations are seconds; a `Limit` is a positive number or off."""

    model_config = SettingsConfigDict(env_prefix="PARALLAX_", extra="ignore", frozen=True)

    database_url: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_URL"),
        description="PostgreSQL 15 or newer, as the role that owns the tables; absent: the embedded server",
    )
    app_url: SecretStr | None = Field(
        default=None, description="the reading role's own URL, where the owner's is kept away from the gateway"
    )
    ingest_url: SecretStr | None = Field(default=None, description="the writing role's own URL, likewise")
    data_dir: Path = Field(default_factory=default_data_dir, description="folder of the embedded server and its key")
    secret_key: SecretStr | None = Field(
        default=None,
        description="seals credentials and what must not be forged; several by comma: the first seals, all open; back it up; "
        "absent: a key file in the data folder",
    )
    role_prefix: str = Field(
        default="parallax", pattern=r"^[a-z_][a-z0-9_]{0,40}$", description="prefix of the database roles' names"
    )
    migrate: Literal["on", "off"] = Field(default="on", description="off: serve refuses a database that is behind")
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="port to listen on; 0: any free one")
    workers: int = Field(default=1, ge=1, le=256, description="processes that serve")
    pool_size: int = Field(default=10, ge=1, le=1000, description="reading connections of each process")
    ingest_pool_size: int = Field(default=4, ge=1, le=1000, description="writing connections of each process")
    pool_wait: float = Field(default=1.0, gt=0, description="longest wait for a free connection")
    deadline: float = Field(default=30.0, gt=0, description="longest time a request may take")
    drain: float = Field(default=20.0, ge=0, description="time given to running requests when stopping")
    operation_cache: int = Field(
        default=1000, ge=1, description="operations kept ready, of 256 characters; fewer longer ones"
    )
    persisted_queries: int = Field(
        default=1000, ge=1, description="persisted texts kept, at most a fifth of them one token's"
    )
    operations: Path | None = Field(default=None, description="folder of stored operations: `.graphql` files, one each")
    stored_only: bool = Field(default=False, description="run stored operations and nothing else")
    limits: Literal["enforce", "measure"] = Field(
        default="enforce",
        description="measure: cost and rate limits are told and logged, and refuse nothing",
    )
    max_body_bytes: Limit = Field(default=16 * 2**20, description="largest request body, unpacked")
    max_operation_bytes: Limit = Field(default=256 * 2**10, description="largest text of an operation")
    max_answer_bytes: Limit = Field(default=16 * 2**20, description="largest answer")
    max_tokens: Limit = Field(default=3000, description="most tokens of an operation's text")
    max_depth: Limit = Field(default=15, description="deepest nesting of fields")
    max_aliases: Limit = Field(default=100, description="most aliases")
    max_directives: Limit = Field(default=50, description="most directives")
    max_fields: Limit = Field(default=2000, description="most fields, fragments spread out")
    max_errors: Limit = Field(default=100, description="most errors that an answer lists")
    max_cost: Limit = Field(default=100_000, description="highest estimated cost of a request, in units")
    rate_limit: Limit = Field(default=9_000_000, description="units of cost that a token may spend in a minute")
    ingest_rate: Limit = Field(
        default=600_000, description="rows that an ingest-only token may send in a minute, instead of units of cost"
    )
    batch: Annotated[int | None, BeforeValidator(_batch)] = Field(
        default=None, ge=1, le=100, description="operations in one request, sent as a list; on: 10; off: no lists"
    )
    queue: int = Field(default=1000, ge=1, description="requests that wait for their turn; more are turned away")
    queue_wait: float = Field(default=5.0, gt=0, description="longest wait for a turn")
    max_sockets: Limit = Field(default=1000, description="WebSockets and event streams of each process")
    max_subscriptions: Limit = Field(default=100, description="running operations of one WebSocket")
    cors_origins: str = Field(
        default="", description="origins of other sites whose pages may ask, by comma; `*`: every site's"
    )
    ingest_origins: str = Field(
        default="*",
        description="origins of other sites whose pages may send to `/v1/events`, by comma; `*`: every site's",
    )
    jwt_secret: SecretStr | None = Field(default=None, description="shared secret of HS256 JWTs, 32 bytes or more")
    jwt_public_key: str | None = Field(
        default=None, description="public key of RS256 or ES256 JWTs: PEM or JWK, or the path of a file with it"
    )
    jwt_jwks: str | None = Field(default=None, description="public keys of JWTs: URL or path of a JWK Set")
    jwt_issuer: str | None = Field(default=None, description="`iss` that every JWT must have")
    jwt_audience: str | None = Field(default=None, description="`aud` that every JWT must have")
    jwt_claim: str = Field(default="parallax", min_length=1, description="claim with the roles: {client's UUID: role}")
    fold: bool = Field(default=True, description="serve folds new events into roll-ups; off where `parallax fold` does")
    fold_events: int = Field(
        default=10_000, ge=1, description="waiting events of a client from which on they are folded"
    )
    fold_seconds: float = Field(default=2.0, gt=0, description="longest time that an event waits to be folded")
    max_waiting: Limit = Field(
        default=2_000_000,
        description="events of a client that may wait to be folded; more are turned away until they are",
    )
    keep_months: Limit = Field(
        default=OFF, description="months of single events that are kept; what is derived from older ones stays"
    )
    block_cache: int = Field(
        default_factory=_quarter_of_memory,
        ge=1,
        description="MiB of roll-ups that each process keeps; absent: a quarter of the memory, 64 to 4096",
    )
    sensor_tower_url: str = Field(
        default="https://api.sensortower.com", description="where Sensor Tower answers; China has a host of its own"
    )
    kaon_url: str = Field(default="https://insights.v-central.com", description="where Kaon Insights answers")
    sensor_tower_auth_token: SecretStr | None = Field(
        default=None, description="Sensor Tower's token, for every client that has connected none of its own"
    )
    kaon_api_key: SecretStr | None = Field(default=None, description="Kaon Insights' key, likewise")
    kaon_names: Path | None = Field(
        default=None, description="JSON file with what Kaon Insights calls its endpoints, members and buckets"
    )
    kore_ai_host: str | None = Field(default=None, description="Kore.ai's host, likewise")
    kore_ai_client_id: str | None = Field(default=None, description="Kore.ai's client id (`cs-…`), likewise")
    kore_ai_client_secret: SecretStr | None = Field(default=None, description="Kore.ai's client secret, likewise")
    sensor_tower_date_granularity: bool = Field(
        default=True,
        description="tell Sensor Tower that sessions are wanted by month: newer servers insist, older ones may refuse",
    )
    vendor_allow_hosts: str = Field(
        default="",
        description="hosts beside the vendors' own that may be called, by comma: host or host:port, http allowed there",
    )
    vendor_deadline_seconds: float = Field(
        default=3.0, gt=0, description="longest time that a field waits for a vendor"
    )
    vendor_cache_seconds: float | None = Field(
        default=None, ge=0, description="how long any vendor's answer is fresh, in place of the times by kind of data"
    )
    vendor_breaker_seconds: float = Field(
        default=10.0, gt=0, description="how long a vendor that keeps failing is left alone before one call tries it"
    )
    vendor_hedge_seconds: Limit = Field(
        default=OFF, description="after which a silent vendor is sent the same call again; spends twice the quota"
    )
    vendor_cache_mib: int = Field(default=64, ge=1, description="MiB of vendors' answers that each process keeps")
    vendor_reserve: float = Field(
        default=0.1, ge=0, le=1, description="part of a vendor's monthly quota below which it counts as low"
    )
    slow: float = Field(default=1.0, gt=0, description="an operation that takes longer is logged as slow")
    traces: bool = Field(default=False, description="OpenTelemetry traces; OTEL_… variables say where to")
    drain_notice: float = Field(
        default=1.0, ge=0, description="time that a stopping gateway still takes requests in, while /readyz says 503"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="least level logged")
    test_clock: bool = Field(
        default=False, description="the header Parallax-Now sets an operation's time; for tests of yours alone"
    )

    @cached_property
    def secrets(self) -> tuple[bytes, ...]:
        """Key material from which every other key is derived. The first is in use, the others only open what they sealed."""
        if self.secret_key is None:
            return (_key_file(self.data_dir),)
        listed = [key.strip() for key in self.secret_key.get_secret_value().split(",")]
        if min(map(len, listed)) < 16:
            raise SetupError("PARALLAX_SECRET_KEY is shorter than 16 characters: use `openssl rand -hex 32`.")
        return tuple(key.encode() for key in listed)

    def derived(self, purpose: str) -> bytes:
        """A key for one purpose, 32 bytes; knowing it tells nothing about the others."""
        return derived(self.secrets[0], purpose)


def derived(secret: bytes, purpose: str) -> bytes:
    return hmac.digest(secret, f"parallax/{purpose}".encode(), hashlib.sha256)


def load(**given: object) -> Settings:
    """Settings from the environment, with what a command line gave on top."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [
            f"{name if name == 'DATABASE_URL' else f'PARALLAX_{name.upper()}'}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
            for name in (str(item["loc"][0]),)
        ]
        raise SetupError("Settings that cannot be used:\n" + "\n".join(lines)) from None


def _key_file(folder: Path) -> bytes:
    path = folder / "secret.key"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            # Written aside and linked: of two first starts one key stays, and nobody reads half of it.
            fresh = folder / f".secret.{secrets.token_hex(8)}"
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
            with contextlib.suppress(FileExistsError):
                os.link(fresh, path)
            fresh.unlink()
        key = path.read_bytes().strip()
    except OSError as error:
        raise SetupError(
            f"Cannot keep a key in {folder} ({error.strerror}): set PARALLAX_SECRET_KEY or PARALLAX_DATA_DIR."
        ) from error
    if len(key) < 32:
        raise SetupError(f"{path} is damaged: restore it from a back-up, or set PARALLAX_SECRET_KEY.")
    return key
