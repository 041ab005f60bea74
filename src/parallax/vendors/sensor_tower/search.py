"""Finding apps and publishers by name, and how much of the quota is used. Pure."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from parallax.links.keys import Store
from parallax.metrics.catalog import SourceSystem
from parallax.vendors.pieces import STATIC, UNKEPT, Life, Malformed, Piece, Planned, Request
from parallax.vendors.sensor_tower.stores import OS, id_text, number, text

MOST_FOUND: Final = 250
"""Always asked for, so that a longer list of the same words needs no call more."""
SHORTEST_LATIN, SHORTEST_OTHER = 3, 2
"""Characters of what is looked for."""
BOTH: Final = "both_stores"
IDS: Final = {"app": "app_id", "publisher": "publisher_id"}
NAMES: Final = {"app": "name", "publisher": "publisher_name"}


class Found(NamedTuple):
    store: Store
    key: str
    name: str | None
    publisher: str | None


@dataclass(frozen=True, slots=True)
class SearchEntities:
    """A piece is one term; `store` None looks in both stores. `read` reads its part."""

    system: SourceSystem = SourceSystem.SENSOR_TOWER
    name: str = "sensor_tower.search_entities"
    leads_on: bool = True

    def piece(self, store: Store | None, kind: str, term: str) -> Piece:
        """`kind` is app or publisher."""
        return Piece(self.name, (("entity_type", kind), ("os", BOTH if store is None else OS[store])), (term,))

    def planned(self, pieces: Sequence[Piece]) -> list[Planned]:
        planned = []
        for piece in pieces:
            shared = dict(piece.shared)
            parameters = (
                ("entity_type", shared["entity_type"]),
                ("term", piece.of[0]),
                ("limit", str(MOST_FOUND)),
            )
            planned.append(Planned(Request(f"/v1/{shared['os']}/search_entities", parameters), (piece,)))
        return planned

    def parts(self, asked: Planned, body: Any) -> Mapping[Piece, Any]:
        """Read leniently: the shape of the answer is told nowhere. An id that is a number is one of the App Store."""
        [piece] = asked.pieces
        kind = dict(piece.shared)["entity_type"]
        if isinstance(body, dict):
            body = next((value for value in body.values() if isinstance(value, list)), None)
        if not isinstance(body, list):
            raise Malformed("what was found stands in a list")
        found = []
        for entry in body:
            value = entry[IDS[kind]] if IDS[kind] in entry else entry["id"]
            name = text(entry.get(NAMES[kind]) or entry.get("name"))
            found.append(
                [
                    "ios" if isinstance(value, int) else "android",
                    id_text(value),
                    name,
                    text(entry.get("publisher_name")),
                ]
            )
        return {piece: found}

    def read(self, store: Store | None, part: Sequence[Any]) -> list[Found]:
        by_os = {OS[each]: each for each in Store}
        return [Found(store or by_os[os], key, name, publisher) for os, key, name, publisher in part]

    def life(self, piece: Piece, today: date) -> Life:  # noqa: ARG002  the protocol's
        return STATIC


@dataclass(frozen=True, slots=True)
class ApiUsage:
    """The organisation's month, which costs no call of it: {limit, used, used_by_user, tier}. The cheapest way to see
    whether a token is good."""

    system: SourceSystem = SourceSystem.SENSOR_TOWER
    name: str = "sensor_tower.api_usage"
    leads_on: bool = False

    def piece(self, day: date | None = None) -> Piece:
        """`day` is any of the month that is looked at; None: this one."""
        return Piece(self.name, () if day is None else (("date", str(day)),))

    def planned(self, pieces: Sequence[Piece]) -> list[Planned]:
        return [Planned(Request("/v1/api_usage", piece.shared), (piece,)) for piece in pieces]

    def parts(self, asked: Planned, body: Any) -> Mapping[Piece, Any]:
        organisation = body["organization"]
        used_by_user = (body.get("user") or {}).get("usage")
        told = {
            "limit": number(organisation["limit"]),
            "used": number(organisation["usage"]),
            "used_by_user": number(used_by_user),
            "tier": text(organisation.get("tier")),
        }
        return {asked.pieces[0]: told}

    def life(self, piece: Piece, today: date) -> Life:  # noqa: ARG002  the protocol's
        return UNKEPT


def is_long_enough(term: str) -> bool:
    latin = all(letter.isascii() or unicodedata.name(letter, "").startswith("LATIN") for letter in term)
    return len(term) >= (SHORTEST_LATIN if latin else SHORTEST_OTHER)


SEARCH_ENTITIES: Final = SearchEntities()
API_USAGE: Final = ApiUsage()
