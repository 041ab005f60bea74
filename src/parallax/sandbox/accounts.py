"""Who may ask: the credentials that the sandbox accepts. They are no secrets, and look like some on purpose."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from parallax.sandbox.seeded import hexed


class DataSet(StrEnum):
    """What a contract with Sensor Tower is about."""

    STORE = "store"
    SALES = "sales"
    USAGE = "usage"
    ADS = "ads"
    PANEL = "panel"
    SDK = "sdk"
    MODELS = "models"


@dataclass(frozen=True, slots=True)
class SensorTowerAccount:
    """`monthly_limit` is its organisation's. `is_expired`: the token was one."""

    name: str
    token: str
    monthly_limit: int
    data_sets: frozenset[DataSet]
    is_expired: bool = False


@dataclass(frozen=True, slots=True)
class KoreAiAccount:
    """An API app. `is_granted`: it has the scope of the trend."""

    name: str
    client_id: str
    client_secret: str
    is_expired: bool = False
    is_granted: bool = True


@dataclass(frozen=True, slots=True)
class KaonAccount:
    """`every`: 1 opens all clients, 2 every other one of the catalogue, 0 none any more."""

    name: str
    api_key: str
    every: int


def _sensor_tower(
    name: str, limit: int, data_sets: frozenset[DataSet], *, is_expired: bool = False
) -> SensorTowerAccount:
    return SensorTowerAccount(name, f"ST0_{hexed(24, 'sensor tower', name)}", limit, data_sets, is_expired)


def _kore_ai(name: str, *, is_expired: bool = False, is_granted: bool = True) -> KoreAiAccount:
    hexes = hexed(32, "kore.ai client", name)
    client_id = f"cs-{hexes[:8]}-{hexes[8:12]}-{hexes[12:16]}-{hexes[16:20]}-{hexes[20:]}"
    return KoreAiAccount(name, client_id, hexed(44, "kore.ai secret", name), is_expired, is_granted)


ALL: Final = frozenset(DataSet)
SENSOR_TOWER: Final = (
    _sensor_tower("first", 10_000, ALL),
    _sensor_tower("second", 2_000, ALL - {DataSet.MODELS, DataSet.SDK}),
    _sensor_tower("narrow", 2_000, frozenset({DataSet.STORE, DataSet.SALES})),
    _sensor_tower("expired", 2_000, ALL, is_expired=True),
)
KORE_AI: Final = (
    _kore_ai("first"),
    _kore_ai("second"),
    _kore_ai("narrow", is_granted=False),
    _kore_ai("expired", is_expired=True),
)
KAON: Final = (
    KaonAccount("first", hexed(40, "kaon", "first"), 1),
    KaonAccount("second", hexed(40, "kaon", "second"), 1),
    KaonAccount("narrow", hexed(40, "kaon", "narrow"), 2),
    KaonAccount("expired", hexed(40, "kaon", "expired"), 0),
)
