"""A fake of Kaon's Insights API: seven reads by Sunday weeks, authorised by a key in the query."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import quote

from parallax.sandbox import accounts, kaon_data
from parallax.sandbox.options import KaonSwitches
from parallax.sandbox.products import BY_KAON, PRODUCTS, Product
from parallax.sandbox.vendor import Vendor
from parallax.sandbox.wire import HTML, PAGE, Answer, Asked, Call, answered
from parallax.vendors.kaon_names import Names, names_in

WEEK_ZERO: Final = date(2012, 1, 1)
FIRST_FULL_WEEK: Final = 417
MOST_DIGITS: Final = 12


class Failed(Exception):
    """Answered with this status and nothing else."""

    def __init__(self, status: int) -> None:
        self.status = status


def week_of(day: date) -> int:
    return (day - WEEK_ZERO).days // 7


def week_name(week: int) -> str:
    sunday = WEEK_ZERO + timedelta(weeks=week)
    return f"{sunday.month}/{sunday.day}/{sunday.year}"


class Kaon(Vendor[KaonSwitches]):
    name = "Kaon Insights"
    secret = "apikey"  # noqa: S105 - the name of a parameter
    accounts: ClassVar = {account.name: account for account in accounts.KAON}

    def forget(self) -> None:
        """It counts nothing."""

    def error(self, status: int) -> Answer:
        return Answer(status, PAGE if status >= 500 else b"", HTML)

    def answer(self, asked: Asked, call: Call) -> Answer:
        names = names_in(None if self.switches.names is None else Path(self.switches.names))
        endpoint = next((name for name, word in names.endpoints.items() if asked.path == f"/api/{word}"), "")
        try:
            if not endpoint or asked.method != "GET":
                raise Failed(404)
            product = self._opened(asked, call)
            given = dict(asked.pairs)
            if self.switches.strict and given.keys() - {"apikey", "client"} - PARAMETERS[endpoint]:
                raise Failed(404)
            body = READS[endpoint](self, product, given)
        except Failed as failed:
            return self.error(failed.status)
        client = f"not-{product.kaon}" if self.switches.other_client else product.kaon
        return answered(_worded({"client": client, **body}, names, endpoint))

    def _opened(self, asked: Asked, call: Call) -> Product:
        account = next((each for each in accounts.KAON if each.api_key == asked.first("apikey")), None)
        if account is None or not account.every:
            raise Failed(403)
        call.account = account.name
        product = BY_KAON.get(asked.first("client") or "")
        if product is None:
            raise Failed(404)
        if PRODUCTS.index(product) % account.every:
            raise Failed(403)
        return product

    def week(self, product: Product, given: Mapping[str, str], first: int = FIRST_FULL_WEEK) -> int:
        """The asked one; 404 for what is no week, begins in the future, or is before the application's first."""
        running = week_of(self.clock.today())
        text = given.get("week", str(running))
        if (
            not text.isdecimal()
            or len(text) > MOST_DIGITS
            or not max(first, week_of(product.since)) <= int(text) <= running
        ):
            raise Failed(404)
        return int(text)

    def last_day(self, week: int) -> date:
        """Of a week as far as it has come."""
        return min(self.clock.today(), WEEK_ZERO + timedelta(weeks=week, days=6))


def _worded(body: Mapping[str, object], names: Names, endpoint: str) -> dict[str, object]:
    """In the words of a table."""
    found: dict[str, object] = {}
    for name, value in body.items():
        own = "clicks" if (endpoint, name) == ("externalid", "hits") else name
        if isinstance(value, list):
            value = [{names.members[f"{own}.{inner}"]: each for inner, each in row.items()} for row in value]
        found[names.members[own]] = value
    return found


def _headed(week: int, **more: object) -> dict[str, object]:
    return {"week": week, "weekname": week_name(week), **more}


def _weeks(kaon: Kaon, product: Product, _: Mapping[str, str]) -> dict[str, object]:
    first, running = max(FIRST_FULL_WEEK, week_of(product.since) + 1), week_of(kaon.clock.today())
    weeks = range(first, running) if product.users else ()
    return {"weeks": [{"week": week, "weekname": week_name(week)} for week in weeks]}


def _engagement(kaon: Kaon, product: Product, given: Mapping[str, str]) -> dict[str, object]:
    week = kaon.week(product, given)
    counts = kaon_data.durations(product, week, _sunday(week), kaon.last_day(week))
    return _headed(week, engagements=[{"bucket": code, "count": count} for code, count in counts.items() if count])


def _uid(kaon: Kaon, product: Product, given: Mapping[str, str]) -> dict[str, object]:
    week = kaon.week(product, given)
    uids = "".join(kaon_data.uids(product, week, _sunday(week), kaon.last_day(week)))
    return _headed(week, uids=uids[:-5] if kaon.switches.cut_uids else uids)


def _by(kind: str, plural: str) -> Callable[[Kaon, Product, Mapping[str, str]], dict[str, object]]:
    def read(kaon: Kaon, product: Product, given: Mapping[str, str]) -> dict[str, object]:
        week = kaon.week(product, given)
        counts = kaon_data.split(product, kind, week, _sunday(week), kaon.last_day(week))
        if kaon.switches.maps:
            return _headed(week, **{plural: counts})
        return _headed(week, **{plural: [{kind: code, "count": count} for code, count in counts.items()]})

    return read


def _hits(kaon: Kaon, product: Product, given: Mapping[str, str]) -> dict[str, object]:
    """Of a path in all its weeks or one, or of all paths in one week. Older weeks than the other reads have."""
    path, detail = given.get("path"), given.get("detail")
    if detail not in (None, "country") or (detail and path is None):
        raise Failed(404)
    listed = {quote(item): item for item in kaon_data.ITEMS}
    if path is not None and path not in listed:
        raise Failed(404)
    if path is not None and "week" not in given:
        weeks = range(week_of(product.since), week_of(kaon.clock.today()) + 1)
    else:
        weeks = range(asked := kaon.week(product, given, first=0), asked + 1)
    hits: list[dict[str, Any]] = []
    for week in weeks:
        for each in listed if path is None else (path,):
            count = kaon_data.hits(product, listed[each], week, _sunday(week), kaon.last_day(week))
            if count:
                countries = {"countries": kaon_data.hits_by_country(product, each, week, count)} if detail else {}
                hits.append({"path": each, "week": week, "count": count, **countries})
    return {"hits": hits} if path is not None and "week" not in given else _headed(weeks[0], hits=hits)


def _external(kaon: Kaon, product: Product, given: Mapping[str, str]) -> dict[str, object]:
    """Ascending, from `start` on: that second's own records are repeated."""
    if not (person := given.get("id")):
        raise Failed(404)
    start, limit = (_whole(given, name, default) for name, default in (("start", 0), ("limit", kaon.switches.page)))
    if limit < 1:
        raise Failed(404)
    if limit > kaon.switches.most_records:
        raise Failed(500)
    records = kaon_data.clickstream(product, person, kaon.clock.now())
    seen = [record for record in records if record["timestamp"] >= start]
    return {"id": person, "hits": seen[:limit]}


def _whole(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default))
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        raise Failed(404)
    return int(text)


def _sunday(week: int) -> date:
    return WEEK_ZERO + timedelta(weeks=week)


READS: Final[dict[str, Callable[[Kaon, Product, Mapping[str, str]], dict[str, object]]]] = {
    "weeks": _weeks,
    "engagement": _engagement,
    "uid": _uid,
    "country": _by("country", "countries"),
    "language": _by("language", "languages"),
    "hits": _hits,
    "externalid": _external,
}
PARAMETERS: Final[dict[str, frozenset[str]]] = {
    path: frozenset() if path == "weeks" else frozenset({"week"}) for path in READS
} | {"hits": frozenset({"path", "week", "detail"}), "externalid": frozenset({"id", "start", "limit"})}
