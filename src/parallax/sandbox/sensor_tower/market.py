"""What Sensor Tower estimates: how many, where and on which device. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

from parallax.sandbox.levels import distinct, people
from parallax.sandbox.products import BY_ANDROID, BY_IOS, BY_UNIFIED, Product, Quirk
from parallax.sandbox.seeded import chosen, fraction, wobble
from parallax.sandbox.sensor_tower.reference import WORLD
from parallax.sandbox.spans import ONE_DAY, days

DEVICES: Final = {"ios": ("iphone", "ipad"), "android": ("android",), "unified": ("android", "ipad", "iphone")}
ABSENT_EVERY: Final = 11
NULL_EVERY: Final = 9
REVISED: Final = timedelta(days=3)
"""The estimates of younger days still rise."""
OLDER_MODEL: Final = 0.94
"""What the model before this one makes of the same days."""


@dataclass(frozen=True, slots=True)
class Asset:
    """What an id names: a product, or one edition of it that has `part` of the product in its store."""

    id: str | int
    product: Product
    os: str
    part: float = 1.0

    @property
    def is_small(self) -> bool:
        return Quirk.BELOW_MINIMUM in self.product.quirks


def assets(os: str, ids: tuple[str, ...]) -> list[Asset]:
    """Those that are known, in order; an iOS id becomes a number. A product is on the stores in which it has editions."""
    found = [asset(os, each) for each in ids]
    return [each for each in found if each is not None]


def asset(os: str, key: str) -> Asset | None:
    known: dict[str, dict[Any, Product]] = {"ios": BY_IOS, "android": BY_ANDROID, "unified": BY_UNIFIED}
    own = int(key) if os == "ios" else key
    product = known[os].get(own)
    return edition(product, os, own) if product else None


def edition(product: Product, os: str, key: int | str) -> Asset:
    """Of a product in a store, or (unified) the whole of it."""
    editions = product.ids(os)
    # The first has most, the second half as much …; who has two of them counts once in the product.
    twice = 1.06 if len(editions) > 1 else 1.0
    return Asset(key, product, os, twice * 0.5 ** editions.index(key) / sum(0.5**n for n in range(len(editions))))


@lru_cache(maxsize=2**10)
def bias(product: Product) -> float:
    """Estimates are off by 10 to 20 %, always to the same side for a product."""
    return 1 + chosen((-1, 1), product.unified, "side") * (0.1 + 0.1 * fraction(product.unified, "bias"))


@lru_cache(maxsize=2**10)
def share(product: Product, device: str) -> float:
    android = 0.35 + 0.3 * fraction(product.unified, "android")
    if not product.ios or not product.android:
        android = float(bool(product.android))
    ipad = 0 if Quirk.NO_IPAD in product.quirks else (1 - android) * 0.08
    return {"android": android, "ipad": ipad, "iphone": 1 - android - ipad}[device]


def weight(product: Product, country: str) -> float:
    """0 where there is no data of a country."""
    return 1.0 if country == WORLD else product.countries.get(country, 0.0)


def is_absent(product: Product, country: str, day: date) -> bool:
    """No estimate of the day."""
    if day < product.since or not weight(product, country):
        return True
    absent = Quirk.ABSENT_DAYS in product.quirks and day.toordinal() % ABSENT_EVERY == 0
    return absent and (country != WORLD or day.toordinal() % (2 * ABSENT_EVERY) == 0)


def active(asset: Asset, device: str, country: str, first: date, last: date, model: float = 1.0) -> int | None:
    """Users of a day, week or month on one kind of device; None: null in the answer."""
    product = asset.product
    if Quirk.NULLS in product.quirks and first.toordinal() % NULL_EVERY == 0:
        return None
    level = (
        distinct(product, first, last) * bias(product) * weight(product, country) * share(product, device) * asset.part
    )
    return round(level * model * wobble(0.08, product.unified, device, country, first))


def total(asset: Asset, device: str, country: str, first: date, last: date, today: date, *, money: bool) -> int:
    """Downloads, or cents of US dollars, of all days but absent ones; the latest are not known whole yet."""
    settled = min(last, today - REVISED)
    recent = days(max(first, settled + ONE_DAY), last)
    return _settled(asset, device, country, first, settled, money) + sum(
        round(_on(asset, device, country, day, money) * (1 - 0.08 * fraction(day, today, "revised"))) for day in recent
    )


@lru_cache(maxsize=2**16)
def _settled(asset: Asset, device: str, country: str, first: date, last: date, money: bool) -> int:
    return sum(round(_on(asset, device, country, day, money)) for day in days(first, last))


def _on(asset: Asset, device: str, country: str, day: date, money: bool) -> float:
    product = asset.product
    if is_absent(product, country, day):
        return 0.0
    level = _cents(product, device) if money else _often(product)
    part = asset.part * weight(product, country) * share(product, device)
    return people(product, day) * level * part * wobble(0.18, asset.id, device, country, day, money)


@lru_cache(maxsize=2**10)
def _often(product: Product) -> float:
    """Downloads per user of the day."""
    return 0.2 if product.app is not None else 0.015 + 0.02 * fraction(product.unified, "downloads")


@lru_cache(maxsize=2**10)
def _cents(product: Product, device: str) -> float:
    """What a user of the day spends."""
    spent = 0.0 if Quirk.FREE in product.quirks else 1 + 6 * fraction(product.unified, "spent")
    return spent * (0.7 if device == "android" else 1.6)
