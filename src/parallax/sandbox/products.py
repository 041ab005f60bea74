"""The sandbox's catalogue: what the vendors know, with its ids at each. Acme Notes has the ids of the contracts' samples.

The apps of the demo are in it, so that what vendors say can be compared with what was measured.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import prod
from typing import Any, Final
from uuid import UUID

from parallax.demo.cast import CLIENTS, App
from parallax.demo.rhythms import Rhythm, growth, season, week
from parallax.sandbox.seeded import chosen, fraction, hexed, number, wobble

COUNTRIES: Final = (
    "US", "AU", "CA", "FR", "DE", "GB", "IT", "JP", "KR", "BR", "IN", "ID", "MY", "SG", "ES", "TH", "VN", "CN", "TW", "HK",
    "RU", "TR", "MX", "PL", "NL", "PH", "SA", "AE", "NO", "SE", "DK", "FI", "PT", "NP", "CH", "AT",
)  # fmt: skip
DEMO_COUNTRIES: Final = {
    "Nordwind Logistik": {"DE": 0.4, "NO": 0.16, "SE": 0.12, "PL": 0.12, "NL": 0.09, "US": 0.06},
    "Sagarmatha Treks": {"NP": 0.6, "IN": 0.2, "US": 0.12, "DE": 0.05},
    "Porto Azul Comércio": {"BR": 0.7, "PT": 0.18, "US": 0.1},
}
OTHERS: Final = (
    "Acme Notes", "Acme Tasks", "Birch Ledger", "Quill & Co", "Harbour Dispatch", "Lantern CRM", "Paperkite", "Rota",
    "Slate Books", "Tally Desk", "Parcelwise", "Freightline", "Dockyard", "Loadstar", "Route Six", "Waybill",
    "Summit Log", "Base Camp Radio", "Trail Mix", "Cairn", "Monsoon", "Yak Route", "Altimeter", "Teahouse",
    "Caixa Azul", "Balcão", "Vitrine", "Pagamento Já", "Estoque Fácil", "Nota Verde", "Feira Livre", "Rede Norte",
    "Pixel Garden", "Moss", "Night Bus", "Tideline", "Kite Club", "Ember Chess", "Orchard Saga", "Tin Soldier",
    "Word Weir", "Pond Hopper", "Marble Rally", "Paper Planes", "Hearth", "Stillness", "Runaway Run", "Cold Plunge",
    "Field Mouse Maths", "Lingo Lane", "Starling Radio", "Cinder News",
)  # fmt: skip
IOS_CATEGORIES: Final = (6000, 6007, 6002, 6015, 6003, 6014, 6016, 6012)
ANDROID_CATEGORIES: Final = (
    "business",
    "productivity",
    "tools",
    "finance",
    "travel_and_local",
    "game",
    "entertainment",
    "lifestyle",
)
# 1 January 2012, from which Kaon counts weeks, is older than all of them.
OLDEST: Final = date(2018, 3, 1)


class Quirk(StrEnum):
    BELOW_MINIMUM = "too small for usage estimates: left out, or listed as disabled"
    ABSENT_DAYS = "some days have no estimate"
    NULLS = "active users are null now and then"
    OUTSIDE_CHARTS = "often not in the chart: its rank is null"
    FREE = "no revenue at all"
    NO_IPAD = "nobody uses it on an iPad"


@dataclass(frozen=True, slots=True)
class Publisher:
    """Android's ids are texts that may hold commas and spaces."""

    name: str
    ios: int
    android: str
    unified: str

    def id(self, os: str) -> int | str:
        ids: dict[str, int | str] = {"ios": self.ios, "android": self.android, "unified": self.unified}
        return ids[os]


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """`users` know it, `share` of them use it on a usual day for `minutes`; both as the demo's cast has them.

    `ios` and `android` are its editions, the largest first. `countries` are shares of the world; of any other country the
    vendors have nothing. `since`: its first day. `app`: which one of the demo's it is.
    """

    name: str
    since: date
    users: int
    share: float
    minutes: float
    rhythms: tuple[Rhythm, ...]
    ios: tuple[int, ...]
    android: tuple[str, ...]
    unified: str
    cohort: str
    stream: str
    kaon: str
    publisher: Publisher
    ios_category: int
    android_category: str
    countries: dict[str, float]
    quirks: frozenset[Quirk]
    app: UUID | None = None

    def people(self, day: date) -> float:
        """How many use it on a day, expected."""
        return (
            0.0
            if day < self.since
            else self.users * min(0.97, self.share * prod(rhythm(day) for rhythm in self.rhythms))
        )

    def ids(self, os: str) -> tuple[int | str, ...]:
        """Its editions in a store; of all stores together ("unified") the product itself."""
        ids: dict[str, tuple[int | str, ...]] = {"ios": self.ios, "android": self.android, "unified": (self.unified,)}
        return ids[os]

    def category(self, os: str) -> int | str:
        return self.ios_category if os == "ios" else self.android_category

    def told(self) -> dict[str, Any]:
        names = ("name", "since", "ios", "android", "unified", "cohort", "stream", "kaon", "quirks", "app", "countries")
        return {name: getattr(self, name) for name in names} | {"quirks": sorted(quirk.name for quirk in self.quirks)}


def _slug(name: str) -> str:
    plain = name.lower().translate(str.maketrans("áãâéêíóõúç", "aaaeeioouc"))
    return "".join(letter for letter in plain if letter.isalnum())


def _stream(name: str) -> str:
    digits = hexed(32, "stream", name)
    return f"st-{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _publisher(name: str) -> Publisher:
    kind = chosen(("Inc", "Ltd", "GmbH"), name)
    return Publisher(name, 1_400_000_000 + number(10**8, name), f"{name}, {kind}", hexed(24, "publisher", name))


def _product(
    place: int, name: str, publisher: Publisher, since: date, quirks: frozenset[Quirk], **more: Any
) -> Product:
    """With ids that follow from its name and its place in the catalogue."""
    category = number(len(IOS_CATEGORIES), name, "category")
    editions = range(3 if place % 9 == 4 else 1)
    made: dict[str, Any] = {
        "ios": () if place % 19 == 17 else tuple(1_500_000_001 + place * 1_000 + n for n in editions),
        "android": ()
        if place % 19 == 18
        else tuple(f"com.{_slug(publisher.name)}.{_slug(name)}{n or ''}" for n in editions),
        "unified": hexed(24, "unified", name),
        "cohort": f"cohort_{hexed(24, 'cohort', name)}",
        "stream": _stream(name),
        "kaon": f"{_slug(publisher.name)}-{_slug(name)}",
        "ios_category": IOS_CATEGORIES[category],
        "android_category": ANDROID_CATEGORIES[category],
    }
    return Product(name=name, publisher=publisher, since=since, quirks=quirks, **made | more)


def _of_demo(place: int, client: str, app: App) -> Product:
    quirks = {Quirk.BELOW_MINIMUM} if not app.users else set()
    quirks |= {Quirk.ABSENT_DAYS} if app.name == "Guides' Radio" else set()
    quirks |= {Quirk.FREE} if app.name == "Archive" else set()
    return _product(
        place, app.name, _publisher(client), date(2024, 1, 1), frozenset(quirks),
        users=app.users, share=app.share, minutes=app.minutes, rhythms=app.rhythms,
        countries=DEMO_COUNTRIES[client], app=app.id,
    )  # fmt: skip


def _other(place: int, name: str) -> Product:
    house = chosen(("Acme Inc", "Bluebell Games", "Northgate Software", "Casa Verde"), name, "house")
    codes = sorted(COUNTRIES, key=lambda code: fraction(name, code))[: 8 + number(12, name)]
    weights = {code: 0.2 + fraction(name, code, "weight") for code in codes}
    whole = sum(weights.values()) * 1.08  # the rest is in countries of which nobody has estimates
    rhythms: tuple[Rhythm, ...] = (
        week(at_rest=0.7 + 0.6 * fraction(name, "rest")),
        growth(0.3 * fraction(name, "growth")),
    )
    if place % 5 == 0:
        rhythms = (*rhythms, season(*(1 + (place + n) % 12 for n in range(5)), off=0.7))
    quirks = {quirk for quirk, every in QUIRKS.items() if place % every == every - 1}
    return _product(
        place, name, _publisher(house), OLDEST + timedelta(days=number(2200, name, "since")), frozenset(quirks),
        users=int(30_000 * 10 ** (1.8 * fraction(name, "users")) * wobble(0.1, name)),
        share=0.06 + 0.25 * fraction(name, "share"), minutes=4 + 40 * fraction(name, "minutes"), rhythms=rhythms,
        countries={code: weight / whole for code, weight in weights.items()},
    )  # fmt: skip


QUIRKS: Final = {
    Quirk.BELOW_MINIMUM: 13, Quirk.ABSENT_DAYS: 7, Quirk.NULLS: 8, Quirk.OUTSIDE_CHARTS: 3, Quirk.FREE: 6, Quirk.NO_IPAD: 4,
}  # fmt: skip

ACME: Final = {
    "ios": (1_500_000_001,),
    "android": ("com.acme.notes",),
    "unified": "65a1b2c3d4e5f60718293a4b",
    "cohort": "cohort_0a1b2c3d4e5f60718293a4b5",
    "kaon": "acme-demo",
    "ios_category": 6007,
    "android_category": "productivity",
}


def _acme() -> Product:
    return _product(
        0, "Acme Notes", Publisher("Acme Inc", 1_400_000_009, "Acme+Inc", "5f0000000000000000000001"), date(2019, 5, 2),
        frozenset(), users=90_000, share=0.2, minutes=12, rhythms=(week(at_rest=0.6), growth(0.1)),
        countries={"US": 0.4, "NO": 0.1, "DE": 0.2, "GB": 0.15}, **ACME,
    )  # fmt: skip


def _all() -> tuple[Product, ...]:
    demo = [(client.name, app) for client in CLIENTS for app in client.apps]
    ours = [_of_demo(place, client, app) for place, (client, app) in enumerate(demo, 1)]
    return (_acme(), *ours, *(_other(place, name) for place, name in enumerate(OTHERS[1:], 1 + len(ours))))


PRODUCTS: Final = _all()
BY_IOS: Final = {edition: product for product in PRODUCTS for edition in product.ios}
BY_ANDROID: Final = {edition: product for product in PRODUCTS for edition in product.android}
BY_UNIFIED: Final = {product.unified: product for product in PRODUCTS}
BY_COHORT: Final = {product.cohort: product for product in PRODUCTS}
BY_STREAM: Final = {product.stream: product for product in PRODUCTS}
BY_KAON: Final = {product.kaon: product for product in PRODUCTS}
OF_APP: Final = {product.app: product for product in PRODUCTS if product.app is not None}
