"""Which other apps the users of an app use (contract 13)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from parallax.metrics.catalog import SourceSystem
from parallax.vendors.pieces import SETTLED, STATIC, Life, Piece, Planned, Request
from parallax.vendors.sensor_tower.stores import id_text, number

REVISED_FOR: Final = timedelta(days=90)

MEMBERS: Final = {
    "share": "app_a_users_using_app_b_share",
    "previous": "app_a_users_using_app_b_share_previous_period",
    "change": "app_a_users_using_app_b_share_previous_period_diff",
    "multiplier": "app_a_users_likelihood_multiplier",
    "inverse": "app_b_users_likelihood_multiplier",
}
"""App a is the one that was asked about, app b the one of the row."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """A piece is one unified app in one country over whole months, which cannot be put together from others: a call each.

    A part is a list of {"app": unified id, "share", "previous", "change": ratios, "multiplier", "inverse"}.
    """

    system: SourceSystem = SourceSystem.SENSOR_TOWER
    name: str = "sensor_tower.app_overlap"
    path: str = "/v1/unified/app_overlap"
    leads_on: bool = True

    def piece(self, app: str, country: str, first: date, last: date, category: str) -> Piece:
        """`category` "": of all."""
        shared = (("category", category), ("country", country), ("end_date", str(last)), ("start_date", str(first)))
        return Piece(self.name, shared, (app,))

    def planned(self, pieces: Sequence[Piece]) -> list[Planned]:
        return [Planned(Request(self.path, _parameters(piece)), (piece,)) for piece in pieces]

    def parts(self, asked: Planned, body: Any) -> dict[Piece, Any]:
        return {asked.pieces[0]: [_row(row) for row in body["data"]]}

    def life(self, piece: Piece, today: date) -> Life:
        last = date.fromisoformat(dict(piece.shared)["end_date"])
        return SETTLED if last + REVISED_FOR < today else STATIC


OVERLAP: Final = Overlap()


def _parameters(piece: Piece) -> tuple[tuple[str, str], ...]:
    shared = dict(piece.shared)
    of = [("app_id", piece.of[0]), ("countries[]", shared["country"])]
    if shared["category"]:
        of.append(("category", shared["category"]))
    span = [(name, shared[name]) for name in ("start_date", "end_date")]
    return (*of, *span, ("include_inverse_multiplier", "true"))


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"app": id_text(row["app_id"]), **{name: number(row.get(member)) for name, member in MEMBERS.items()}}
