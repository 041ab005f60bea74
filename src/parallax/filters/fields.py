"""The fields of a record that conditions and breakdowns may name (Q1, E3)."""

from dataclasses import dataclass
from typing import Final, Literal

from parallax.errors import InvalidParameter
from parallax.filters.values import is_storable

Kind = Literal[
    "event", "user", "session", "app", "audience", "trait", "property", "level", "service", "source", "message"
]
PROPERTIES: Final = "properties."
TRAIT: Final = "trait:"


@dataclass(frozen=True, slots=True)
class Fields:
    """What a kind of record has beside its properties: fields of its own and, maybe, the traits of its user."""

    plain: tuple[Kind, ...]
    traits: bool = False

    @property
    def allowed(self) -> tuple[str, ...]:
        """The forms of a name, as an error shows them."""
        return (*self.plain, f"{PROPERTIES}<path>", *([f"{TRAIT}<name>"] if self.traits else ()), "<property>")


EVENT_FIELDS: Final = Fields(("event", "user", "session", "app", "audience"), traits=True)
LOG_FIELDS: Final = Fields(("level", "service", "source", "message", "user", "session", "app"))


@dataclass(frozen=True, slots=True)
class Field:
    """`path`: of a property its keys from the outside in, of a trait its whole name, else nothing."""

    kind: Kind
    path: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The one name by which all names of the field go: `country` is `properties.country`."""
        match self.kind:
            case "property":
                return PROPERTIES + ".".join(self.path)
            case "trait":
                return TRAIT + self.path[0]
        return self.kind


def field_of(name: str, fields: Fields = EVENT_FIELDS) -> Field:
    """Any name has its field: an unknown one is a property that is missing everywhere (Q1)."""
    for kind in fields.plain:
        if name == kind:
            return Field(kind)
    if fields.traits and name.startswith(TRAIT):
        return Field("trait", (name.removeprefix(TRAIT),))
    return Field("property", tuple(name.removeprefix(PROPERTIES).split(".")))


def checked_field(name: str, argument: str, fields: Fields = EVENT_FIELDS) -> Field:
    """The field of a name as sent; InvalidParameter for one that is empty or that no record could have."""
    if not name:
        raise InvalidParameter(argument, name, "is empty; it names a field", fields.allowed)
    if not is_storable(name):
        # The name itself is not shown: half a surrogate pair is also what an answer could not carry.
        raise InvalidParameter(argument, None, "holds NUL or half a surrogate pair, which no name may")
    return field_of(name, fields)


def checked_dimension(name: str, argument: str = "breakdown", fields: Fields = EVENT_FIELDS) -> Field:
    """The field of a `breakdown` or `groupBy`: any but `audience`, which is in conditions only (Q1)."""
    field = checked_field(name, argument, fields)
    if field.kind == "audience":
        allowed = [form for form in fields.allowed if form != "audience"]
        raise InvalidParameter(argument, name, "audience is for conditions only", allowed)
    return field
