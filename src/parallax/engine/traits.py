"""Traits: what was set for each id, what that comes to for a user (I8), and which users have a value. Pure.

An id's own traits are stored as {name: [when, text]}. `when` grows with each row of a client that sets traits. `text` is
the value as JSON, kept as a text inside of the JSON: a number would come back as another (1e17 whole, -0.0 without its
sign).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import orjson

from parallax.engine.bitmaps import BitMap

Own: TypeAlias = dict[str, tuple[int, str]]
"""By name: when it was set, and the value as JSON."""
Values: TypeAlias = Mapping[str, str]
"""By name, the value as JSON."""


def loaded(stored: str | None) -> Own:
    """What the column `actor.traits` holds; None: nothing was ever set."""
    return {} if stored is None else {name: (when, text) for name, (when, text) in orjson.loads(stored).items()}


def stored(own: Own) -> str | None:
    return orjson.dumps(own).decode() if own else None


def changed(own: Own, given: Mapping[str, Any], when: int) -> Own:
    """Merged key by key; None removes a key, as if it had never been set."""
    kept = {name: held for name, held in own.items() if name not in given}
    fresh = {name: (when, orjson.dumps(value).decode()) for name, value in given.items() if value is not None}
    return kept | fresh


def effective(own: Own, others: Iterable[Own]) -> dict[str, str]:
    """Of a user: its own values, whenever they were set; else the one set last under any of its other ids."""
    latest: Own = {}
    for other in others:
        for name, held in other.items():
            if name not in latest or held[0] > latest[name][0]:
                latest[name] = held
    return {name: text for name, (_, text) in (latest | own).items()}


def shown(values: Values) -> dict[str, Any]:
    """As they are answered, by name."""
    return {name: orjson.loads(values[name]) for name in sorted(values)}


def of_users(rows: Iterable[tuple[int, int | None, Own]]) -> dict[int, dict[str, str]]:
    """By user, out of ids: actor, the user that it belongs to (None: itself), its own traits."""
    own: dict[int, Own] = {}
    others: dict[int, list[Own]] = defaultdict(list)
    for actor, user, traits in rows:
        if user is None or user == actor:
            own[actor] = traits
            others[actor]  # a user without any other id has an entry, too
        else:
            others[user].append(traits)
    return {user: effective(own.get(user, {}), its) for user, its in others.items()}


def trait_bitmaps_of(rows: Iterable[tuple[int, int | None, str | None]]) -> dict[tuple[str, str], BitMap]:
    """What the table `trait` has to hold, by name and value, out of all rows of `actor`: id, user, stored traits."""
    users: dict[tuple[str, str], list[int]] = defaultdict(list)
    for user, values in of_users((actor, user, loaded(traits)) for actor, user, traits in rows).items():
        for held in values.items():
            users[held].append(user)
    return {held: BitMap(its) for held, its in users.items()}
