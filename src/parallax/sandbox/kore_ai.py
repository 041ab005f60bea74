"""A fake of Kore.ai's user engagement trend, version 2: a POST that reads, authorised by a signed token."""

import base64
import hashlib
import hmac
import math
import re
import time
from datetime import date, timedelta
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from parallax.sandbox import accounts, kore_ai_data
from parallax.sandbox.options import KoreAiSwitches
from parallax.sandbox.products import BY_STREAM
from parallax.sandbox.vendor import Vendor
from parallax.sandbox.windows import Window
from parallax.sandbox.wire import Answer, Asked, Call, answered

PATH: Final = re.compile(r"/api/public/bot/([^/]+)/v2/userEngagementTrend")
PARAMETERS: Final = {
    "aggregation_type", "start_date", "end_date", "conversationType", "conversationStatus", "channels", "timeZoneOffset",
}  # fmt: skip
MOST_DAYS: Final = {"daily": 366, "hourly": 31}
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LIMITED: Final = "Rate limit for this API has been reached. Please try again "


class Failed(Exception):
    def __init__(self, status: int, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, status if code is None else code


class KoreAi(Vendor[KoreAiSwitches]):
    name = "Kore.ai"
    accounts: ClassVar = {account.name: account for account in accounts.KORE_AI}
    _windows: dict[str, tuple[Window, Window]]
    _used: set[str]

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.forget()

    def forget(self) -> None:
        self._windows = {}
        self._used = set()

    def error(self, status: int) -> Answer:
        if status == 429:
            return _wrapped(Failed(429, LIMITED + "after some time."))
        return _wrapped(Failed(status, "Internal server error" if status >= 500 else "Request failed"))

    def answer(self, asked: Asked, call: Call) -> Answer:
        try:
            found = PATH.fullmatch(asked.path)
            if found is None:
                raise Failed(404, "Not found")
            if asked.method != "POST":
                raise Failed(405, "Method not allowed")
            call.account = self._caller(asked.headers.get("auth", ""))
            product = BY_STREAM.get(found[1])
            if product is None:
                raise Failed(404, "Bot not found")
            self._count(found[1])
            question = self._question(asked)
            return answered(kore_ai_data.trend(product, question, self.switches.drop_zero_dates, self.clock.now()))
        except Failed as failed:
            return _wrapped(failed)

    def _caller(self, token: str) -> str:
        """Name of the account whose client signed it. Tokens run out by the machine's clock, which signed them."""
        wrong = Failed(401, "Invalid SDK credentials", 4002)
        try:
            head, payload, signature = (_unpacked(part) for part in token.split("."))
            header, claims = orjson.loads(head), orjson.loads(payload)
            [account] = (each for each in accounts.KORE_AI if each.client_id == claims["appId"] and not each.is_expired)
            signed = token.rpartition(".")[0].encode()
            right = hmac.digest(account.client_secret.encode(), signed, hashlib.sha256)
            if header["alg"] != "HS256" or not hmac.compare_digest(signature, right):
                raise wrong
            if claims.get("exp", math.inf) < time.time():
                raise wrong
            if self.switches.jti_once:
                if claims["jti"] in self._used:
                    raise wrong
                self._used.add(claims["jti"])
        except (ValueError, KeyError, TypeError) as error:
            raise wrong from error
        if not account.is_granted:
            raise Failed(403, "Scope not granted: App Builder: User Engagement Trend")
        return account.name

    def _count(self, stream: str) -> None:
        """All callers of a bot together."""
        windows = self._windows.setdefault(stream, (Window(None, MINUTE), Window(None, HOUR)))
        windows[0].most, windows[1].most = self.switches.per_minute, self.switches.per_hour
        now = self.clock.now()
        if any(window.wait(now) is not None for window in windows):
            when = "later" if self.switches.old_rate_limit_text else "after some time."
            raise Failed(self.switches.rate_limit_status, LIMITED + when, 429)
        for window in windows:
            window.count(now)

    def _question(self, asked: Asked) -> kore_ai_data.Question:
        """Raises Failed with 400."""
        if self.switches.strict and (unknown := {name for name, _ in asked.pairs} - PARAMETERS):
            raise Failed(400, f"Unknown parameter: {', '.join(sorted(unknown))}")
        aggregation = _one_of(asked, "aggregation_type", ("daily", "hourly"), "hourly")
        first, last = _day(asked, "start_date"), _day(asked, "end_date")
        if last < first:
            raise Failed(400, "end_date is before start_date")
        if (last - first).days >= MOST_DAYS[aggregation]:
            raise Failed(400, f"The range is longer than {MOST_DAYS[aggregation]} days")
        kind = _one_of(asked, "conversationType", ("all", "interactive", "non interactive"), "all")
        status = _one_of(asked, "conversationStatus", ("all", "active", "closed"), "all")
        channels = {each.strip().lower() for each in (asked.first("channels") or "all").split(",")}
        if unknown := channels - {"all", *kore_ai_data.CHANNELS}:
            raise Failed(400, f"Unknown value of channels: {', '.join(sorted(unknown))}")
        if "all" in channels:
            channels = set(kore_ai_data.CHANNELS)
        try:
            zone = ZoneInfo(asked.first("timeZoneOffset") or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise Failed(400, "Unknown value of timeZoneOffset") from error
        return kore_ai_data.Question(aggregation, first, last, kind, status, frozenset(channels), zone)


def _unpacked(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _one_of(asked: Asked, name: str, values: tuple[str, ...], default: str) -> str:
    value = asked.first(name)
    if value is None:
        return default
    if value.lower() not in values:
        raise Failed(400, f"Unknown value of {name}")
    return value.lower()


def _day(asked: Asked, name: str) -> date:
    text = asked.first(name) or ""
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Failed(400, f"{name} is missing or no date in the form YYYY-MM-DD")


def _wrapped(failed: Failed) -> Answer:
    return answered({"errors": [{"msg": failed.message, "code": failed.code}]}, failed.status)
