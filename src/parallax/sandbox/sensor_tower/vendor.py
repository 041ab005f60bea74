"""Sensor Tower's front: token first, then rate and quota, subscription, parameters, and only then data."""

from datetime import timedelta
from typing import Any, ClassVar

from parallax.sandbox import accounts
from parallax.sandbox.accounts import DataSet, SensorTowerAccount
from parallax.sandbox.options import SensorTowerSwitches
from parallax.sandbox.sensor_tower.asking import Asking
from parallax.sandbox.sensor_tower.given import Failed, Given
from parallax.sandbox.sensor_tower.reference import SUBSCRIPTIONS
from parallax.sandbox.sensor_tower.routes import USAGE, Route, route_of
from parallax.sandbox.vendor import Vendor
from parallax.sandbox.windows import Window
from parallax.sandbox.wire import HTML, PAGE, Answer, Asked, Call, answered

SECOND = timedelta(seconds=1)
MESSAGES = {
    401: "Invalid authentication token.",
    403: "Your API token is not authorized.",
    404: "Not found.",
    405: "Method not allowed.",
    429: "Too many requests.",
}


class SensorTower(Vendor[SensorTowerSwitches]):
    name = "Sensor Tower"
    secret = "auth_token"  # noqa: S105 - the name of a parameter
    accounts: ClassVar = {account.name: account for account in accounts.SENSOR_TOWER}
    usage: dict[str, dict[str, int]]
    """Calls by account, then by month (YYYY-MM)."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.forget()

    def forget(self) -> None:
        self.usage = {name: {} for name in self.accounts}
        self._windows: dict[str, Window] = {}

    def error(self, status: int) -> Answer:
        if status >= 500:
            return Answer(status, PAGE, HTML)
        return answered({"error": MESSAGES.get(status, "Something went wrong.")}, status)

    def answer(self, asked: Asked, call: Call) -> Answer:
        try:
            account = self._account(asked)
            call.account = account.name
            self._check_rate(account)
            route, os = route_of(asked.path)
            headers = self._counted(account, free=route is USAGE)
        except _Limited as limited:
            retry = {"retry-after": str(limited.seconds)} if self.switches.retry_after else {}
            return answered({"error": str(limited)}, 429, **retry, **limited.headers)
        except Failed as failed:
            return self._refused(failed, {}, asked)
        try:
            return answered(self._told(route, os, asked, account), 200, **headers)
        except Failed as failed:
            return self._refused(failed, headers, asked)

    def _told(self, route: Route | None, os: str, asked: Asked, account: SensorTowerAccount) -> Any:
        if route is None:
            raise Failed(404, MESSAGES[404])
        if asked.method != "GET":
            raise Failed(405, MESSAGES[405])
        needed = next((need for part, need in SUBSCRIPTIONS.items() if part in asked.path.split("/")), DataSet.STORE)
        if needed not in account.data_sets:
            raise Failed(401, MESSAGES[401])
        if os not in route.systems:
            raise Failed(422, "Invalid value for parameter: os", "os")
        now = self.clock.now()
        asking = Asking(account, now, self.switches, self.usage[account.name], self._limit(account))
        return route.answer(Given(asked, os, strict=self.switches.strict), asking)

    def _account(self, asked: Asked) -> SensorTowerAccount:
        token = asked.first("auth_token")
        if token is None and self.switches.bearer:
            token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        account = next((each for each in accounts.SENSOR_TOWER if each.token == token), None)
        if account is None:
            raise Failed(401, MESSAGES[401])
        if account.is_expired:
            raise Failed(403, MESSAGES[403])
        return account

    def _limit(self, account: SensorTowerAccount) -> int:
        limit = self.switches.monthly_limit
        return account.monthly_limit if limit is None else limit

    def _check_rate(self, account: SensorTowerAccount) -> None:
        window = self._windows.setdefault(account.token, Window(None, SECOND))
        window.most = self.switches.per_second
        now = self.clock.now()
        if window.wait(now) is not None:
            raise _Limited(MESSAGES[429], 1)
        window.count(now)

    def _counted(self, account: SensorTowerAccount, *, free: bool) -> dict[str, str]:
        """The headers of usage, after this call is counted too."""
        now = self.clock.now()
        months, month, limit = self.usage[account.name], f"{now:%Y-%m}", self._limit(account)
        used = months.get(month, 0)
        if not free:
            if used >= limit:
                next_month = (now.replace(day=28) + timedelta(days=4)).replace(
                    day=1, hour=0, minute=0, second=0, microsecond=0
                )
                limited = _Limited("Monthly API usage limit exceeded.", int((next_month - now).total_seconds()))
                limited.headers = _usage(limit, used)
                raise limited
            months[month] = used = used + 1
        return _usage(limit, used)

    def _refused(self, failed: Failed, headers: dict[str, str], asked: Asked) -> Answer:
        if failed.status >= 500:
            return Answer(failed.status, PAGE, HTML, headers)
        if failed.status != 422:
            return answered({"error": str(failed)}, failed.status, **headers)
        entry = {"title": str(failed)} | ({"parameter": failed.parameter} if failed.parameter else {})
        bare = self.switches.bare_error and asked.path.endswith("/app_overlap")
        return answered({"errors": entry if bare else [entry]}, 422, **headers)


class _Limited(Exception):
    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds
        self.headers: dict[str, str] = {}


def _usage(limit: int, used: int) -> dict[str, str]:
    return {"x-api-usage-limit": str(limit), "x-api-usage-count": str(used)}
