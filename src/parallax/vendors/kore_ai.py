"""Kore.ai: who talked with a bot. One endpoint (user engagement trend, version 2), which is a POST that only reads.

Quirks, each at its place below: the secret is a JWT made for every call in a header of its own; half of the parameters are
in camel case; the parameter for an offset takes the name of a zone; days are told as "Dec 01 2025"; days without anybody may
be left out; hours are keys as "23 - 0"; uniques are those of the whole range, so that nothing of two ranges may be added
up; limits are a bot's, whoever calls.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

import orjson

from parallax.errors import ParallaxError
from parallax.metrics.catalog import SourceSystem
from parallax.vendors.pieces import DAY_S, SETTLED, Life, Malformed, Piece, Planned, Request
from parallax.vendors.vendor import Account, Reply, Signed, Vendor, Window, retry_after

SYSTEM: Final = SourceSystem.KORE_AI
TOKEN_LIVES: Final = timedelta(minutes=5)
LONGEST: Final = {"daily": 366, "hourly": 31}
"""Days of one call; assumed, for the contract names none."""
BACK_OFF_S: Final = 60.0
"""Of a rate limit: no header says when to come back, and the shorter window is a minute."""
BAD_CREDENTIALS: Final = 4002
SETTLES: Final = timedelta(days=2)
"""After which a day is taken to be told for good."""
RUNNING: Final = Life(900, DAY_S)
"""Of a range that ends today: a call costs little, and the day is not over."""
MEASURES: Final = ("unique", "new", "returning")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


# ---------------------------------------------------------------- what is asked
class Question(NamedTuple):
    """`aggregation` is daily or hourly; `kind` All, Interactive or Non Interactive; `status` All, Active or Closed; no
    channels are all of them; `zone` is an IANA name, in which days and hours are the bot's."""

    stream: str
    aggregation: str
    kind: str
    status: str
    channels: tuple[str, ...]
    zone: str

    def pieces(self, first: date, last: date) -> list[Piece]:
        """One for each range that a call takes: what it says of a range holds for that range alone."""
        told = {
            "aggregation_type": self.aggregation,
            "conversationType": self.kind,
            "conversationStatus": self.status,
            "timeZoneOffset": self.zone,
            **({"channels": ",".join(self.channels)} if self.channels else {}),
        }
        found, begins = [], first
        while begins <= last:
            ends = min(last, begins + timedelta(days=LONGEST[self.aggregation] - 1))
            asked = told | {"start_date": begins.isoformat(), "end_date": ends.isoformat()}
            found.append(Piece(TREND.name, tuple(sorted(asked.items())), (self.stream,)))
            begins = ends + timedelta(days=1)
        return found


class Trend:
    """A part is {"summary": {measure: [total, average per day]}, "days": number of them, "trends": {measure: {day:
    number, or the 24 numbers of its hours}}}."""

    system = SYSTEM
    name = "kore_ai.user_engagement_trend"
    leads_on = False

    def planned(self, pieces: Sequence[Piece]) -> list[Planned]:
        return [
            Planned(
                Request(f"/api/public/bot/{piece.of[0]}/v2/userEngagementTrend", piece.shared, method="POST"), (piece,)
            )
            for piece in pieces
        ]

    def parts(self, asked: Planned, body: Any) -> Mapping[Piece, Any]:
        parameters, filters, summary = dict(asked.request.parameters), body["filters"], body["summary"]
        hourly = parameters["aggregation_type"] == "hourly"
        first, last = (date.fromisoformat(parameters[name]) for name in ("start_date", "end_date"))
        told = (day_of(filters["start"]), day_of(filters["end"]), filters["aggregationType"].lower())
        if told != (first, last, parameters["aggregation_type"]):
            raise Malformed("It answers another question than was asked.")
        part = {
            "summary": {
                name: [_number(summary[f"{name}Users"]), _number(summary[f"avg{name.title()}UsersPerDay"])]
                for name in MEASURES
            },
            "days": _number(filters["dataPointsCount"]),
            "trends": {name: _days(body[f"{name}UsersTrend"]["dataPoints"], hourly) for name in MEASURES},
        }
        return {asked.pieces[0]: part}

    def life(self, piece: Piece, today: date) -> Life:
        ends = date.fromisoformat(dict(piece.shared)["end_date"])
        return SETTLED if ends < today - SETTLES else RUNNING


TREND: Final = Trend()


@dataclass(frozen=True, slots=True)
class Told:
    """What Kore.ai said of a range. `total` and `average` by measure."""

    total: Mapping[str, float]
    average: Mapping[str, float]
    days: int
    trends: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, part: Any) -> "Told":
        summary = part["summary"]
        totals, averages = ({name: summary[name][place] for name in MEASURES} for place in (0, 1))
        return cls(totals, averages, part["days"], part["trends"])

    def on(self, measure: str, day: date) -> float:
        """A day that is left out had nobody."""
        found: float = self.trends[measure].get(day.isoformat(), 0)
        return found

    def at(self, measure: str, day: date, hour: int) -> float:
        """By the clock of the zone that was asked: 24 hours, also where a clock change makes them 23 or 25."""
        hours = self.trends[measure].get(day.isoformat())
        return 0 if hours is None else hours[hour]


def day_of(text: str) -> date:
    """Dec 01 2025, in English whatever the machine speaks. Raises ValueError."""
    month, day, year = text.split(" ")
    return date(int(year), MONTHS.index(month) + 1, int(day))


def hour_key(hour: int) -> str:
    return f"{hour} - {(hour + 1) % 24}"


def _days(points: Sequence[Mapping[str, Any]], hourly: bool) -> dict[str, Any]:
    def value(point: Mapping[str, Any]) -> Any:
        return [_number(point[hour_key(hour)]) for hour in range(24)] if hourly else _number(point["users"])

    return {day_of(point["date"]).isoformat(): value(point) for point in points}


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise Malformed("A number is none.")
    return value


# ---------------------------------------------------------------- the way there
def sign(account: Account, request: Request, now: datetime) -> Signed:
    """A token for this call alone: API apps may be told to take each `jti` once."""
    from parallax.access.keys import signed  # 30 MB, for those alone who are connected

    client, secret = (account.secrets[name].get_secret_value() for name in ("client_id", "client_secret"))
    claims = {
        "appId": client,
        "sub": "parallax",
        "jti": secrets.token_hex(16),
        "iat": int(now.timestamp()),
        "exp": int((now + TOKEN_LIVES).timestamp()),
    }
    headers = {"auth": signed(claims, secret), "content-type": "application/json"}
    return Signed(request.parameters, headers)


def failure(reply: Reply) -> ParallaxError | None:
    """By the status, then by what the body says: a rate limit is told under several statuses."""
    code, said = _told(reply) if reply.status != 200 or b'"errors"' in reply.body[:200] else (0, "")
    if reply.status == 429 or "rate limit" in said.lower():
        return VENDOR.over_quota("allows no more calls for this bot now", retry_after(reply, BACK_OFF_S))
    if reply.status == 401 or code == BAD_CREDENTIALS:
        return VENDOR.rejected("does not accept the client id or the client secret of the API app")
    if reply.status == 403:
        return VENDOR.rejected(
            'refuses the API app: it needs the scope "App Builder: User Engagement Trend", and the bot has to be published '
            "after it was given"
        )
    if reply.status == 404:
        return VENDOR.rejected("knows no bot with this stream id")
    if reply.status == 400:
        return VENDOR.rejected("refuses the question", said)
    if reply.status == 200 and said:
        return VENDOR.unavailable("answered with an error")
    return None


def _told(reply: Reply) -> tuple[int, str]:
    """Code and text of the first error; 0 and nothing where the body is none of theirs."""
    try:
        first = orjson.loads(reply.body)["errors"][0]
        return first.get("code", 0), str(first["msg"])
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return 0, ""


def stream_of(request: Request) -> str:
    return request.path.split("/")[4]


VENDOR: Final = Vendor(
    system=SYSTEM,
    label="Kore.ai",
    hosts=("*.kore.ai",),
    # Four fifths of what a bot may be asked: others ask it too.
    windows=(Window(60, 48), Window(3600, 1440)),
    sign=sign,
    failure=failure,
    subject=stream_of,
)
