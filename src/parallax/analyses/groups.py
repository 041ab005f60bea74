"""Which groups are kept, and in what order (B2 to B4). Pure."""

from collections.abc import Iterable
from typing import TypeAlias

Groups: TypeAlias = list[str | None]
"""Values in text form; None is the group of those that have none."""


def kept_of(ranked: Iterable[tuple[str | None, float]], first: int) -> tuple[Groups, bool]:
    """The first groups, largest first, and whether others are left over; equal ones by code point, the unset one last."""
    order = sorted(ranked, key=lambda each: (-each[1], each[0] is None, each[0] or ""))
    return [name for name, _ in order[:first]], len(order) > first
