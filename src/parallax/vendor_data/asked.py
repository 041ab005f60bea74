"""A measure of one source, as it was asked: checked, and as its id says it (E4)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from parallax.errors import InvalidParameter
from parallax.metrics.catalog import SourceSystem
from parallax.metrics.measures import Measure
from parallax.metrics.shapes import PeriodInput
from parallax.periods import FROM_DAY, Granularity, checked

WORLDWIDE: Final = "WW"
_COUNTRY: Final = re.compile("[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class AskedMeasure:
    """Checked. `app` is one of the client's; `country` None: everywhere. `period` stays as asked."""

    measure: Measure
    source: SourceSystem
    app: UUID
    country: str | None
    period: PeriodInput
    granularity: Granularity

    def said(self) -> dict[str, Any]:
        return {
            "measure": self.measure.name,
            "source": self.source.name,
            "app": str(self.app),
            **({"country": self.country} if self.country else {}),
            "period": self.period.as_asked(),
            "granularity": self.granularity.name,
        }


def read_measure(said: Mapping[str, Any]) -> AskedMeasure:
    """The measure that an id says. KeyError, ValueError, TypeError, AttributeError, InvalidParameter for what is none."""
    return AskedMeasure(
        Measure[said["measure"]],
        SourceSystem[said["source"]],
        UUID(said["app"]),
        checked_country(said.get("country")),
        PeriodInput.read(said["period"]),
        checked(Granularity[said["granularity"]], FROM_DAY),
    )


def checked_country(country: str | None, argument: str = "country") -> str | None:
    """Two capital letters; WW is everywhere, and so None."""
    if country is not None and not _COUNTRY.fullmatch(country):
        problem = "is no country code"
        raise InvalidParameter(argument, country[:200], problem, ("two capital letters of ISO 3166, as NO", WORLDWIDE))
    return None if country == WORLDWIDE else country
