"""Names as people give them: to clients, apps and tokens. Pure."""

import unicodedata

from parallax.errors import InvalidParameter

LONGEST = 200
REFUSED = {
    "Cc": "a control character or line break",
    "Cs": "half a surrogate pair",
    "Zl": "a line break",
    "Zp": "a line break",
}
"""By Unicode category: what cannot be stored, or would break the line that shows the name."""


def checked_name(name: object, argument: str = "name") -> str:
    """The name without blanks around it, 1 to 200 characters; InvalidParameter for what is none."""
    if not isinstance(name, str):
        raise InvalidParameter(argument, name, f"must be a text of 1 to {LONGEST} characters")
    trimmed = name.strip()
    if not 1 <= len(trimmed) <= LONGEST:
        raise InvalidParameter(
            argument,
            trimmed[:LONGEST],
            f"has {len(trimmed)} characters; a name has 1 to {LONGEST}, not counting blanks around it",
        )
    for at, character in enumerate(trimmed):
        problem = REFUSED.get(unicodedata.category(character))
        if problem is not None:
            # The name itself is not shown: what is refused here is also what an answer could not carry.
            raise InvalidParameter(argument, None, f"holds {problem} at its character {at + 1}")
    return trimmed
