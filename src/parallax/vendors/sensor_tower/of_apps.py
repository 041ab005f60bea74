"""Questions about apps of one store in one country: what they have in common. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from parallax.links.keys import Store
from parallax.metrics.catalog import SourceSystem
from parallax.vendors.pieces import STATIC, Life, Piece, Planned, Request, covers
from parallax.vendors.sensor_tower.stores import OS, id_text, joined


@dataclass(frozen=True, slots=True)
class OfApps:
    """`path` follows the store. A call takes up to `most` apps, or one in a parameter of another name.

    `read` makes the part of an app out of its entry, or out of the whole answer where a call has one app.
    """

    name: str
    path: str
    read: Callable[[Any], Any]
    most: int = 1
    kept: Life = STATIC
    system: SourceSystem = SourceSystem.SENSOR_TOWER
    leads_on: bool = False

    def piece(self, store: Store, key: str, country: str, **more: str) -> Piece:
        shared = {"os": OS[store], "country": country, **more}
        return Piece(self.name, tuple(sorted(shared.items())), (key,))

    def planned(self, pieces: Sequence[Piece]) -> list[Planned]:
        planned = []
        for cover in covers(pieces, (self.most,)):
            shared = dict(cover.shared)
            ids = ("app_ids" if self.most > 1 else "app_id", joined(cover.lists[0]))
            path = f"/v1/{shared.pop('os')}/{self.path}"
            planned.append(Planned(Request(path, (ids, *shared.items())), cover.pieces))
        return planned

    def parts(self, asked: Planned, body: Any) -> Mapping[Piece, Any]:
        if self.most == 1:
            return {asked.pieces[0]: self.read(body)}
        by_id = {id_text(entry["app_id"]): self.read(entry) for entry in body["apps"]}
        return {piece: by_id[piece.of[0]] for piece in asked.pieces if piece.of[0] in by_id}

    def life(self, piece: Piece, today: date) -> Life:  # noqa: ARG002  the protocol's
        return self.kept
