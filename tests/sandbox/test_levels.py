"""What the vendors say of the demo's apps stands near what was measured of them, and never is the same."""

from datetime import UTC, date, datetime
from statistics import correlation
from zoneinfo import ZoneInfo

import pytest

from parallax.demo.cast import CLIENTS, App
from parallax.demo.reports import day_of
from parallax.sandbox.kaon_data import uids
from parallax.sandbox.kore_ai_data import CHANNELS, Question, trend
from parallax.sandbox.products import OF_APP
from parallax.sandbox.sensor_tower.market import DEVICES, active, asset
from parallax.sandbox.spans import days

FIRST, LAST = date(2025, 9, 1), date(2025, 11, 23)
USED = [app for client in CLIENTS for app in client.apps if app.users]


def measured(app: App) -> list[int]:
    return [sum(1 for _ in day_of(app, day)) for day in days(FIRST, LAST)]


@pytest.mark.parametrize("app", USED, ids=lambda app: str(app.name))
def test_estimates_are_off_by_ten_to_twenty_percent_and_move_alike(app: App) -> None:
    product = asset("unified", OF_APP[app.id].unified)
    assert product is not None
    estimated = [
        sum(active(product, device, "WW", day, day) or 0 for device in DEVICES["unified"]) for day in days(FIRST, LAST)
    ]
    ours = measured(app)
    assert 0.75 < sum(estimated) / sum(ours) < 1.25
    assert estimated != ours
    assert correlation(estimated, ours) > 0.7


@pytest.mark.parametrize("app", USED, ids=lambda app: str(app.name))
def test_users_of_the_bot_are_most_of_the_users(app: App) -> None:
    asked = Question("daily", FIRST, LAST, "all", "all", frozenset(CHANNELS), ZoneInfo("UTC"))
    body = trend(OF_APP[app.id], asked, drop_zero_dates=False, now=datetime(2026, 1, 1, tzinfo=UTC))
    talked = [point["users"] for point in body["uniqueUsersTrend"]["dataPoints"]]
    ours = measured(app)
    assert 0.8 < sum(talked) / sum(ours) < 1
    assert correlation(talked, ours) > 0.5


@pytest.mark.parametrize("app", USED, ids=lambda app: str(app.name))
def test_a_weeks_devices_are_about_as_many_as_its_people(app: App) -> None:
    week = (date(2025, 10, 19), date(2025, 10, 25))
    people = {user for day in days(*week) for user, *_ in day_of(app, day)}
    assert 0.2 < len(uids(OF_APP[app.id], 720, *week)) / len(people) < 2
