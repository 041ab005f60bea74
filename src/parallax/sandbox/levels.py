"""How much a product is used, by its rhythms: what the vendors' figures are drawn around. Pure."""

from datetime import date
from functools import lru_cache

from parallax.sandbox.products import Product
from parallax.sandbox.spans import days

KEEN = (0.5, 1.5)
"""Half of the people are less keen than usual, the other half more."""


@lru_cache(maxsize=2**17)
def people(product: Product, day: date) -> float:
    """How many use it on the day."""
    return product.people(day)


@lru_cache(maxsize=2**14)
def distinct(product: Product, first: date, last: date) -> float:
    """How many use it at least once, both days included."""
    absent = [1.0 for _ in KEEN]
    for day in days(first, last):
        share = people(product, day) / max(1, product.users)
        absent = [left * (1 - min(0.97, share * keen)) for left, keen in zip(absent, KEEN, strict=True)]
    return product.users * (1 - sum(absent) / len(absent))
