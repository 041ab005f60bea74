"""Times of many events at once, where they are written alike. Pure."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from parallax.engine.columns import Numbers

# `2026-03-02T09:00:00`, then Z, or a fraction of 3 or 6 digits and Z: places of each part, its least and its most.
PARTS: Final = ((0, 4, 0, 9999), (5, 7, 1, 12), (8, 10, 1, 31), (11, 13, 0, 23), (14, 16, 0, 59), (17, 19, 0, 59))
MARKS: Final = {4: "-", 7: "-", 10: "T", 13: ":", 16: ":"}
SHORT_MONTHS: Final = 28


class _Form:
    """Instants of one length."""

    def __init__(self, fraction: int) -> None:
        self.length = 20 + (fraction + 1 if fraction else 0)
        parts = [*PARTS, *([(20, 20 + fraction, 0, 999_999)] if fraction else [])]
        self.digits = [place for start, end, _, _ in parts for place in range(start, end)]
        self.weights = np.zeros((len(self.digits), len(parts)))
        for number, (start, end, _, _) in enumerate(parts):
            for place in range(start, end):
                self.weights[self.digits.index(place), number] = 10 ** (end - 1 - place)
        self.least = np.array([least for _, _, least, _ in parts])
        self.most = np.array([most for _, _, _, most in parts])
        marks = {**MARKS, self.length - 1: "Z"} | ({19: "."} if fraction else {})
        self.marks = list(marks)
        self.wanted = np.frombuffer("".join(marks.values()).encode(), np.uint8)
        self.fraction_us = 10 ** (6 - fraction)


FORMS: Final = {form.length: form for form in (_Form(0), _Form(3), _Form(6))}


def instants(texts: Sequence[Any]) -> Numbers | None:
    """Microseconds since 1970 of instants in UTC that are written alike; None for others, and where one is none.

    Raises TypeError where one is no text.
    """
    joined = "".join(texts)
    form = FORMS.get(len(texts[0]))
    if form is None or not joined.isascii() or set(map(len, texts)) != {form.length}:
        return None
    letters = np.frombuffer(joined.encode(), np.uint8).reshape(len(texts), form.length)
    digits = letters[:, form.digits] - 48  # what is below "0" goes round to a large number
    if digits.max() > 9 or (letters[:, form.marks] != form.wanted).any():
        return None
    parts = (digits @ form.weights).astype(np.int64)
    if (parts < form.least).any() or (parts > form.most).any():
        return None
    month = ((parts[:, 0] - 1970) * 12 + parts[:, 1] - 1).astype("datetime64[M]")
    day = parts[:, 2]
    since = month.astype("datetime64[D]").astype(np.int64)
    if day.max() > SHORT_MONTHS and (day > (month + 1).astype("datetime64[D]").astype(np.int64) - since).any():
        return None
    seconds = (since + day - 1) * 86_400 + parts[:, 3:6] @ np.array([3_600, 60, 1])
    found: Numbers = seconds * 1_000_000
    return found + parts[:, 6] * form.fraction_us if len(form.least) > len(PARTS) else found
