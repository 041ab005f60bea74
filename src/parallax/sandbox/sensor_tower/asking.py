"""Who asks Sensor Tower, when, and how the sandbox is set."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from parallax.sandbox.accounts import DataSet, SensorTowerAccount
from parallax.sandbox.options import SensorTowerSwitches


@dataclass(frozen=True, slots=True)
class Asking:
    """`usage` is what the organisation asked by month (YYYY-MM), this call included; `limit` what it may in a month."""

    account: SensorTowerAccount
    now: datetime
    switches: SensorTowerSwitches
    usage: Mapping[str, int]
    limit: int

    @property
    def today(self) -> date:
        return self.now.date()

    def has(self, data_set: DataSet) -> bool:
        return data_set in self.account.data_sets
