"""Who does something on a day: people come in cohorts, one each day, and most of them stay away after a while. Pure.

Whoever came on a day is the same at every start, and so is what they do on a day: each has its own seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final, TypeAlias
from uuid import UUID

import numpy as np

from parallax.demo.rhythms import Rhythm, season

MEMORY_DAYS: Final = 90
"""Whoever came longer ago has left."""
LEAST_STAY, LEAVING_DAYS = 0.05, 11.0
COUNTRIES: Final = ("DE", "NO", "SE", "PL", "NL", "IN", "NP", "BR", "PT", "US")
SEASONS: Final[dict[str, Rhythm]] = {
    "NO": season(1, 2, 3, 4, 5, 6, 8, 9, 10, 11, off=0.45),  # fellesferie, and Christmas
    "SE": season(1, 2, 3, 4, 5, 6, 8, 9, 10, 11, off=0.5),
    "IN": season(9, 10, 11, off=0.6),
    "NP": season(3, 4, 5, 10, 11, off=0.4),
    "BR": season(11, 12, off=0.7),
}
PLATFORMS: Final = ("web", "ios", "android")
PLANS: Final = ("free", "pro", "team")
Column: TypeAlias = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class People:
    """Columns of one length; `country`, `platform` and `plan` are places in the tuples above, `app` one among the apps'.

    `was_unknown`: what they did on their first day they did under an id that was declared to be theirs afterwards.
    """

    cohort: Column  # the day on which they came, since 1970
    number: Column  # within it
    country: Column
    platform: Column
    plan: Column
    app: Column
    keen: Column
    was_unknown: Column

    def __len__(self) -> int:
        return len(self.cohort)

    def taken(self, which: Column) -> "People":
        return People(*(getattr(self, name)[which] for name in COLUMNS))


COLUMNS: Final = tuple(People.__dataclass_fields__)


def user_id(cohort: int, number: int) -> str:
    return f"user-{cohort}{number:03}"


def unknown_id(cohort: int, number: int) -> str:
    """Of somebody who has not said yet who they are."""
    return f"anon-{cohort * 7919 % 99991:05}-{number}"


@lru_cache(maxsize=2 * MEMORY_DAYS)
def cohort(client: UUID, day: int, size: float, countries: tuple[float, ...], apps: int) -> People:
    """Who came to a client on a day: `size` of them or so; `countries` are shares."""
    random = np.random.default_rng((client.int % 2**32, day))
    count = int(random.poisson(size))
    return People(
        np.full(count, day),
        np.arange(count),
        random.choice(len(COUNTRIES), count, p=np.array(countries) / sum(countries)),
        random.choice(len(PLATFORMS), count, p=(0.5, 0.2, 0.3)),
        random.choice(len(PLANS), count, p=(0.62, 0.28, 0.1)),
        random.integers(0, apps, count),
        0.4 + 1.2 * random.random(count),
        random.random(count) < 0.3,
    )


def active(known: Sequence[People], day: date, busy: float, random: np.random.Generator) -> People:
    """Those of the cohorts that do something on the day; `busy` is how busy it is, 1 as usual."""
    people = People(*(np.concatenate([getattr(each, name) for each in known]) for name in COLUMNS))
    age = (day - date(1970, 1, 1)).days - people.cohort
    stays = LEAST_STAY + (0.30 - LEAST_STAY) * np.exp(-age / LEAVING_DAYS)
    seasonal = np.array([SEASONS[country](day) if country in SEASONS else 1.0 for country in COUNTRIES])
    chance = np.where(age == 0, 1.0, stays * people.keen * busy * seasonal[people.country])
    return people.taken(random.random(len(people)) < chance)
