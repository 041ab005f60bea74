"""What hypothesis draws: JSON as events hold it, and what is sent as a condition's value."""

from typing import Any

from hypothesis import strategies as st

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
DECIMALS = st.text("0123456789+-.eE \t\r\n_x٣", max_size=10)  # now and then a number
SCALARS: st.SearchStrategy[Any] = TEXTS | DECIMALS | NUMBERS | st.booleans()
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS | st.none() | st.sampled_from(["", "a", "ab", "10", "true", 10, 10.0]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
