"""The only door to RE2: callers' patterns run in time linear in the text, whatever they are."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import re2

from parallax.errors import InvalidParameter

LONGEST: Final = 500
MOST_MEMORY: Final = 2**20
_KEPT: Final = 32


def checked_pattern(pattern: str, argument: str) -> str:
    """The pattern; InvalidParameter for one that is too long or that RE2 refuses (Q8)."""
    if len(pattern) > LONGEST:
        raise InvalidParameter(
            argument, pattern[:LONGEST], f"is a pattern of {len(pattern)} characters; it may have {LONGEST}"
        )
    try:
        _compiled(pattern)
    except re2.error as refused:
        reason = refused.args[0]
        told = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise InvalidParameter(
            argument,
            pattern,
            f"is no pattern that RE2 takes ({told})",
            ("RE2 syntax: no look-around, no back references, repeats up to 1000",),
        ) from None
    return pattern


def found_by(pattern: str) -> Callable[[str], bool]:
    """Whether a text holds what the pattern, a checked one, describes."""
    search = _compiled(pattern).search

    def found(text: str) -> bool:
        # In bytes, RE2's wrapper counts no characters; what cannot be encoded must not raise either.
        return search(text.encode(errors="surrogatepass")) is not None

    return found


@lru_cache(_KEPT)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.max_mem = MOST_MEMORY
    options.never_capture = True  # nobody asks where a group was, and finding out is slow
    options.log_errors = False
    compiled = re2.compile(pattern, options)
    re2.purge()  # its own cache would hold 128 of them, at up to `MOST_MEMORY` each
    return compiled
