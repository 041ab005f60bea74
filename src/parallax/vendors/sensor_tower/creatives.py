"""What an app shows as advertising: /v1/{os}/ad_intel/creatives, page by page. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from parallax.links.keys import Store
from parallax.metrics.catalog import SourceSystem
from parallax.vendors.pieces import RECENT, Life, Malformed, Piece, Planned, Request
from parallax.vendors.sensor_tower.stores import OS

LIMITS: Final = (10, 50, 100)
"""How long a page may be."""


@dataclass(frozen=True, slots=True)
class Creatives:
    """A piece is a page. Its part is the answer: how many units there are over all pages, their networks, and the units."""

    system: SourceSystem = SourceSystem.SENSOR_TOWER
    name: str = "sensor_tower.creatives"
    leads_on: bool = False

    def piece(self, store: Store, parameters: Iterable[tuple[str, str]], limit: int, page: int) -> Piece:
        shared = (*parameters, ("limit", str(limit)), ("os", OS[store]), ("page", str(page)))
        return Piece(self.name, tuple(sorted(shared)))

    def planned(self, pieces: Sequence[Piece]) -> list[Planned]:
        return [
            Planned(
                Request(
                    f"/v1/{dict(piece.shared)['os']}/ad_intel/creatives",
                    tuple(pair for pair in piece.shared if pair[0] != "os"),
                ),
                (piece,),
            )
            for piece in dict.fromkeys(pieces)
        ]

    def parts(self, asked: Planned, body: Any) -> Mapping[Piece, Any]:
        count, units = body["count"], body["ad_units"]
        if type(count) is not int or not all(isinstance(unit["network"], str) for unit in units):
            raise Malformed("a page of creatives has no count, or units without a network")
        return {asked.pieces[0]: {"count": count, "networks": body.get("available_networks"), "units": units}}

    def life(self, _: Piece, __: date) -> Life:
        return RECENT


CREATIVES: Final = Creatives()
