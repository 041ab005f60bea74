"""Settings that stand in the environment: what is taken, and what is refused by name."""

import pytest

from parallax.errors import SetupError
from parallax.settings import OFF, Limit, Settings, load, origins

LIMITS = sorted(name for name, field in Settings.model_fields.items() if field.annotation == int | float)


def test_the_limits_are_known() -> None:
    assert Limit is not None
    assert {"max_depth", "max_aliases", "max_tokens", "max_cost", "max_body_bytes", "rate_limit"} <= set(LIMITS)
    assert all(Settings.model_fields[name].default > 0 for name in LIMITS)


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize(("given", "taken"), [("7", 7), ("off", OFF), (" OFF ", OFF)])
def test_a_limit_is_a_positive_number_or_off(
    monkeypatch: pytest.MonkeyPatch, name: str, given: str, taken: float
) -> None:
    monkeypatch.setenv(f"PARALLAX_{name.upper()}", given)
    assert getattr(load(), name) == taken


@pytest.mark.parametrize("name", [*LIMITS, "batch"])
@pytest.mark.parametrize("given", ["0", "-1", "1.5", "", "none", "1e3", "٣x"])
def test_a_limit_that_is_neither_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch, name: str, given: str) -> None:
    variable = f"PARALLAX_{name.upper()}"
    monkeypatch.setenv(variable, given)
    with pytest.raises(SetupError, match=variable):
        load()


def test_batches_are_off_or_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().batch is None
    for given, taken in (("3", 3), ("on", 10), ("off", None)):
        monkeypatch.setenv("PARALLAX_BATCH", given)
        assert load().batch == taken


def test_what_is_kept_of_roll_ups_goes_by_the_memory_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 64 <= load().block_cache <= 4096
    monkeypatch.setenv("PARALLAX_BLOCK_CACHE", "32")
    assert load().block_cache == 32


@pytest.mark.parametrize("name", ["BLOCK_CACHE", "FOLD_EVENTS", "FOLD_SECONDS"])
@pytest.mark.parametrize("given", ["0", "-1", "off", ""])
def test_what_must_be_a_positive_number_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, given: str
) -> None:
    monkeypatch.setenv(f"PARALLAX_{name}", given)
    with pytest.raises(SetupError, match=name):
        load()


def test_origins_are_listed_by_comma() -> None:
    assert origins(" https://a.example/ ,,https://b.example") == ["https://a.example", "https://b.example"]
    assert origins("*") == ["*"]
    assert origins("") == []
