"""Usage reports of the example data: for an app and a day always the same ones. Pure."""

import math
from collections.abc import Iterator
from datetime import date, timedelta
from math import prod
from random import Random

from parallax.demo.cast import App, Client
from parallax.usage.reports import Report

# fmt: off
FIRST_NAMES = (
    "ada", "alan", "barbara", "claude", "dorothy", "edsger", "emmy", "evelyn", "fernando", "frances", "grace", "hedy",
    "ida", "jean", "joan", "karen", "katherine", "leslie", "lynn", "margaret", "mary", "niklaus", "radia", "rosa",
    "sophie", "tim", "tony", "vera",
)
LAST_NAMES = ("bergmann", "costa", "gurung", "hansen", "lama", "oliveira", "rai", "schmidt", "silva", "thapa")
# fmt: on
MOST_MS = 20 * 3_600_000


def reports_of(client: Client, first: date, last: date) -> Iterator[Report]:
    """Of all the client's apps, day by day, both days included."""
    place = 0
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        for app in client.apps:
            for user, active_ms, sessions in day_of(app, day):
                yield Report(place, app.id, user, day, active_ms, sessions)
                place += 1


def day_of(app: App, day: date) -> Iterator[tuple[str, int, int]]:
    """(user, active milliseconds, sessions) of everybody who used the app on the day."""
    # Random.random() gives the same numbers in every version of Python; its other methods do not promise that.
    chance = Random(f"{app.id}/{day}").random  # noqa: S311 - nothing to keep secret
    busy = prod(rhythm(day) for rhythm in app.rhythms)
    for number in range(app.users):
        # Some are keen, some look in now and then; everybody's habit is for good.
        keen = 0.4 + 1.2 * ((number * 37 + app.users) % app.users) / app.users
        uses, long, often = chance(), chance(), chance()
        if uses < min(0.97, app.share * busy * keen):
            minutes = app.minutes * keen * -math.log(1 - 0.98 * long)
            yield user_name(number), min(MOST_MS, int(minutes * 60_000)), 1 + int(often * often * 9)


def user_name(number: int) -> str:
    """Of the first 280 people, each once."""
    return f"{FIRST_NAMES[number % len(FIRST_NAMES)]}.{LAST_NAMES[(number // len(FIRST_NAMES) + number) % len(LAST_NAMES)]}"
