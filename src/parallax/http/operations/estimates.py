"""What an operation is told to cost. Pure."""

from typing import Final, NamedTuple

UNIT_MS: Final = 0.005


class Read(NamedTuple):
    """What is read at `path` (of response names). `source` is a SourceSystem's name; None: Parallax's own set-up."""

    path: str
    source: str | None
    reference: str
    cost: float


class Excess(NamedTuple):
    """A list that is so much longer than its argument allows that only to read it would cost too much."""

    argument: str
    length: int
    most: int


class Estimate(NamedTuple):
    """In units. `reads` has what lies deeper first. `sent` are the rows of all lists that are sent."""

    cost: float
    reads: tuple[Read, ...]
    excess: Excess | None = None
    sent: int = 0


def estimated_ms(cost: float) -> float:
    """A processor's time for so many units."""
    return round(cost * UNIT_MS, 2)
