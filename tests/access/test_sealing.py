"""What is sealed opens with its key, for whom it was sealed, whole, and in no other way."""

import secrets
from uuid import UUID

import pytest

from parallax.access.sealing import Seals, Unopened, of_credential, of_link
from tests.seeds import HIMAL, NORDLYS

OLD, NEW = b"the key of yesterday", b"the key of tomorrow"
TEXT = "ünder wraps, and long enough to be seen"
ABOUT = of_credential(NORDLYS, "KAON")


def test_what_was_sealed_opens_again_and_is_never_sealed_alike() -> None:
    one, other = (Seals([OLD]).seal(TEXT, ABOUT) for _ in range(2))
    assert Seals([OLD]).open(one, ABOUT) == Seals([OLD]).open(other, ABOUT) == TEXT
    assert one != other
    assert TEXT.encode() not in one


def test_the_first_key_seals_and_all_of_them_open() -> None:
    before = Seals([OLD]).seal(TEXT, ABOUT)
    both = Seals([NEW, OLD])
    assert both.open(before, ABOUT) == TEXT
    assert not both.is_current(before)

    after = both.seal(TEXT, ABOUT)

    assert both.is_current(after)
    assert Seals([NEW]).open(after, ABOUT) == TEXT
    with pytest.raises(Unopened):
        Seals([OLD]).open(after, ABOUT)
    with pytest.raises(Unopened):
        Seals([NEW]).open(before, ABOUT)


@pytest.mark.parametrize(
    "about",
    [
        of_credential(HIMAL, "KAON"),
        of_credential(NORDLYS, "KORE_AI"),
        of_link(NORDLYS, "KAON", UUID(int=1)),
        b"",
    ],
    ids=["another client", "another vendor", "a link", "nothing"],
)
def test_it_opens_for_nobody_else(about: bytes) -> None:
    with pytest.raises(Unopened):
        Seals([OLD]).open(Seals([OLD]).seal(TEXT, ABOUT), about)


def test_whatever_byte_of_it_is_changed_or_cut_it_does_not_open() -> None:
    sealed = Seals([OLD]).seal(TEXT, ABOUT)
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1 << secrets.randbelow(8)
        for damaged in (bytes(changed), sealed[:place]):
            with pytest.raises(Unopened):
                Seals([OLD]).open(damaged, ABOUT)
