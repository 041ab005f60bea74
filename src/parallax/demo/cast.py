"""Who is in the example data: three organisations far apart, and their apps."""

from dataclasses import dataclass
from uuid import UUID, uuid5

from parallax.demo.rhythms import SATURDAY, Rhythm, closed, growth, month_end, outages, releases, season, week

NAMESPACE = UUID("7b1f64c2-3f5e-5c0a-9d1e-2f6f0f2f9a10")


@dataclass(frozen=True, slots=True)
class App:
    """`users` is how many know it, `share` of them use it on a day on which every rhythm is 1, for `minutes` or so."""

    id: UUID
    name: str
    users: int
    share: float
    minutes: float
    rhythms: tuple[Rhythm, ...]


@dataclass(frozen=True, slots=True)
class Client:
    id: UUID
    name: str
    time_zone: str
    apps: tuple[App, ...]


def _client(name: str, time_zone: str, *apps: tuple[str, int, float, float, tuple[Rhythm, ...]]) -> Client:
    made = uuid5(NAMESPACE, name)
    return Client(made, name, time_zone, tuple(App(uuid5(made, app[0]), *app) for app in apps))


NEPALI_WEEK = week(rest=(SATURDAY,), at_rest=0.15)

CLIENTS = (
    _client(
        "Nordwind Logistik",
        "Europe/Berlin",
        ("Ledger", 60, 0.55, 95, (week(), growth(0.15))),
        ("Sketchpad", 45, 0.40, 40, (week(), releases())),
        ("Dispatch", 38, 0.62, 210, (week(at_rest=0.7), outages())),
        ("Payroll", 22, 0.75, 55, (week(at_rest=0), month_end())),
        ("Archive", 0, 0.0, 0, ()),  # bought, and never used
    ),
    _client(
        "Sagarmatha Treks",
        "Asia/Kathmandu",
        ("Trailhead", 55, 0.60, 35, (NEPALI_WEEK, season(3, 4, 5, 10, 11))),
        ("Bookings", 30, 0.55, 70, (NEPALI_WEEK, season(2, 3, 9, 10, off=0.5))),
        ("Guides' Radio", 26, 0.50, 150, (season(3, 4, 5, 10, 11, off=0.2), closed(7, 3, 21))),
    ),
    _client(
        "Porto Azul Comércio",
        "America/Sao_Paulo",
        ("Checkout", 60, 0.60, 120, (week(at_rest=0.8), season(11, 12, off=0.75), outages())),
        ("Helpdesk", 40, 0.60, 160, (week(at_rest=0.3), releases(0.3))),
        ("Field Notes", 50, 0.30, 20, (week(), growth(0.3))),
        ("Stocktake", 30, 0.70, 45, (month_end(0.1),)),
    ),
)
