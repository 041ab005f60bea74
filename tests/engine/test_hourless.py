"""Segments whose directory has no hours, as they were written before: read as ever."""

from struct import Struct
from typing import Final

import numpy as np
from hypothesis import given

from parallax.engine.columns import compressed, decompressed
from parallax.engine.directory import BY_THE_HOUR, HEAD, HOURS, LONG, PACKED, SHORT, Directory
from parallax.engine.frames import DAY_US, TEXT_ID, Coded, Frame, Ids
from parallax.engine.planes import Laid, frame_of, laid
from parallax.engine.shelves import Shelf
from tests.engine.test_planes import frames, opened, shown

BEFORE: Final = Struct("<?3xIII")
WRITTEN: Final = Laid(
    chunks=bytes.fromhex(
        "0100000002000000010000000800000028b52ffd600f0065040072451422a0458d018fd6785c3dabead7b33f3c35d1c80c1336b5da9a8ec6749b26659710"
        "295350c42a6bbaa8283eedd0dd853f5c1d7e7dc68ffcc54266f91ff1b75f5f0903c7c9992980f7bf2025eb4ece262038190043282073dc2ef351c480615f"
        "b3cc81000430d420843087546003980399edf273cdacc2d8cf2e77524cb819e00ed065e62e209f0c2001"
    ),
    core=bytes.fromhex("0a0cf004f2000000000000f5f9f50cfdfdfd08f1fafcf90400000000000004f904fdfdfdfdf9"),
    ids=bytes.fromhex(
        "610000007b226b696e6473223a5b302c392c392c392c66616c73655d2c2268696768223a5b302c392c392c392c66616c73655d2c226c6f77223a5b302c39"
        "2c392c392c66616c73655d2c227465787473223a5b2d312c392c33352c33352c66616c73655d7d020202020202020202000204060801030507000e1c2a38"
        "071523312230220a2232220a2234220a2236220a2238220a2231220a2233220a2235220a223722"
    ),
    fields=bytes.fromhex("225345220a224e4f22f20404f9"),
)
"""Of the rows below, by the last that wrote no hours."""


def rows() -> Frame:
    many = np.arange(9)
    return Frame(
        at=20_514 * DAY_US + many * many * 1_000_000_000,
        position=many + 1,
        event=many % 2 + 1,
        actor=many % 3 + 1,
        app=many * 0,
        session=many // 2 + 1,
        fields={"country": Coded(many % 3, [b'"NO"', b'"SE"'])},
        ids=Ids(
            np.full(9, TEXT_ID, np.uint8),
            many.astype(np.uint64),
            many.astype(np.uint64) * 7,
            [b'"%d"' % row for row in range(9)],
        ),
    )


def hourless(chunks: bytes) -> bytes:
    """A directory as it was written before."""
    how, events, *many = HEAD.unpack_from(chunks)
    assert how & BY_THE_HOUR
    raw = decompressed(chunks[HEAD.size :]) if how & PACKED else chunks[HEAD.size :]
    before, width = 8 * LONG * events, SHORT + HOURS
    short = np.frombuffer(raw, np.uint32, width * events, before).reshape(events, width)
    kept = raw[:before] + short[:, :SHORT].tobytes() + raw[before + short.nbytes :]
    return BEFORE.pack(how & PACKED > 0, events, *many) + (compressed(kept) if how & PACKED else kept)


def test_what_was_written_before_is_read() -> None:
    assert not Directory(WRITTEN.chunks).has_hours
    assert shown(frame_of(*WRITTEN)) == shown(rows())
    now = laid(rows())
    assert now[1:] == WRITTEN[1:]
    assert Directory(now.chunks).has_hours
    assert decompressed(hourless(now.chunks)[HEAD.size :]) == decompressed(WRITTEN.chunks[HEAD.size :])


@given(frames())
def test_an_instant_inside_of_its_rows_is_looked_for_among_them(frame: Frame) -> None:
    blocks = laid(frame)._replace(chunks=hourless(laid(frame).chunks))
    assert shown(frame_of(*blocks)) == shown(frame)
    shelf = Shelf(Directory(blocks.chunks))
    opened(shelf, blocks, (1, 2, 3), ["at"])
    first, last = int(frame.at.min()), int(frame.at.max())
    for part in shelf.part((1, 2, 3), ("at",), first, last, len(frame)):
        assert part.bounds([first, last + 1]) == [0, part.rows]
        assert first == last or part.bounds([last]) is None
