"""What the gate has to know of a vendor. Each vendor's file has one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from pydantic import SecretStr

from parallax.errors import ParallaxError, SourceQuota, SourceRejected, SourceUnavailable
from parallax.metrics.catalog import SourceSystem
from parallax.settings import Settings
from parallax.telemetry.redaction import excerpt
from parallax.vendors.pieces import Request

EXCERPT: Final = 120
"""Characters of a vendor's own words that a message may show."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are to a vendor. `id` tells equal credentials from different ones, and no credential from it: it is the key of
    what is cached and counted. `base` is scheme and host."""

    system: SourceSystem
    id: str
    base: str
    secrets: Mapping[str, SecretStr] = field(repr=False, hash=False, compare=False)
    problem: ParallaxError | None = field(default=None, compare=False)
    """Why there is nothing to be asked with: credentials that cannot be opened."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A request with its secrets."""

    parameters: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class QuotaLow(SourceQuota):
    """Calls would be allowed, and are spared by the caller's own wish; `is_error` where the wish is to be refused."""

    is_error = False


class Window(NamedTuple):
    """At most so many calls in any such span."""

    seconds: float
    calls: int


class Usage(NamedTuple):
    """What a vendor's own counter says of the month."""

    limit: int
    used: int


def untold(_: Reply) -> Usage | None:
    """Of a vendor that tells nothing."""
    return None


def as_ever(_: Reply) -> ParallaxError | None:
    """Of a vendor whose refusals mean the same to everybody."""
    return None


def one_subject(_: Request) -> str:
    return ""


def unchecked(_: Settings) -> None:
    """Of a vendor whose settings say all by themselves."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """`sign` adds the secrets; `failure` is what a reply says went wrong, None where its body is the answer; `subject` is
    what the windows count by, beside the account."""

    system: SourceSystem
    label: str
    hosts: tuple[str, ...]
    """Its own: names, or `*.` and a domain."""
    windows: tuple[Window, ...]
    sign: Callable[[Account, Request, datetime], Signed]
    failure: Callable[[Reply], ParallaxError | None]
    failure_of_known: Callable[[Reply], ParallaxError | None] = as_ever
    """What else a reply says went wrong with an account whose credentials were good before; None: `failure` says it."""
    usage: Callable[[Reply], Usage | None] = untold
    subject: Callable[[Request], str] = one_subject
    check: Callable[[Settings], None] = unchecked
    """Looks at the settings before anything is served. Raises SetupError."""
    at_once: int = 4
    most_bytes: int = 32 * 2**20

    # ------------------------------------------------------------ how failures are said
    def unavailable(self, problem: str, retry_after_s: float | None = 5.0) -> SourceUnavailable:
        return SourceUnavailable(f"{self.label} {problem}.", retry_after_s=retry_after_s, source=self.system.name)

    def rejected(self, problem: str, said: str = "") -> SourceRejected:
        words = f' It says: "{excerpt(said, EXCERPT)}"' if said else ""
        return SourceRejected(f"{self.label} {problem}.{words}", source=self.system.name)

    def low(self, is_error: bool) -> QuotaLow:
        made = QuotaLow(f"{self.label} is not asked: little is left of the month's quota.", source=self.system.name)
        made.is_error = is_error
        return made

    def over_quota(self, problem: str, retry_after_s: float) -> SourceQuota:
        return SourceQuota(f"{self.label} {problem}.", retry_after_s=round(retry_after_s, 1), source=self.system.name)


def retry_after(reply: Reply, otherwise: float) -> float:
    """Seconds that the header names; dates are not used by these vendors, and count as not said."""
    try:
        return max(0.0, float(reply.headers.get("retry-after", "")))
    except ValueError:
        return otherwise
