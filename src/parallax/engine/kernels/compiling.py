"""The one door to numba. Compiled code lets other threads run, and is kept on disk, since compiling takes seconds."""

import os
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import config, int64, njit, uint64
from platformdirs import user_cache_path

F = TypeVar("F", bound=Callable[..., Any])
HERE = Path(__file__).parent
whole: Any = int64
place: Any = uint64
"""Places in columns: of a signed one it would be tested each time whether it counts from the end."""


def _place() -> Path:
    """Beside the sources where that may be written, else in the user's cache.

    By a digest of all sources: numba looks at the file of a function alone, not at those of the functions that it calls.
    """
    digest = blake2b(b"".join(path.read_bytes() for path in sorted(HERE.glob("*.py"))), digest_size=8)
    folder = HERE if os.access(HERE, os.W_OK) else user_cache_path("parallax")
    return folder / "__pycache__" / digest.hexdigest()


config.CACHE_DIR = str(_place())  # type: ignore[attr-defined]


def compiled(function: F) -> F:
    made: Any
    try:
        made = njit(nogil=True, cache=True)(function)
    except RuntimeError:  # nowhere to keep it: each process compiles for itself
        made = njit(nogil=True)(function)
    return cast(F, made)
