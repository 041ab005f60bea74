"""What is asked again, in parts, where a call failed as a whole. Pure."""

from collections.abc import Sequence

from parallax.vendors.pieces import Endpoint, Piece, Planned

Wanted = tuple[Piece, ...]


def halves(endpoint: Endpoint, planned: Planned) -> list[Planned]:
    """Of a range that was too much for the vendor; none of what has no range."""
    buckets = sorted({piece.bucket for piece in planned.pieces if piece.bucket is not None})
    if len(buckets) < 2:
        return []
    middle = buckets[len(buckets) // 2]
    early = [piece for piece in planned.pieces if piece.bucket is not None and piece.bucket < middle]
    late = [piece for piece in planned.pieces if piece.bucket is not None and piece.bucket >= middle]
    return [*endpoint.planned(early), *endpoint.planned(late)]


def by_ask(endpoint: Endpoint, planned: Planned, wanting: Sequence[Wanted]) -> list[Planned]:
    """A call for each of those who wait, so that what is wrong with the question of one spoils no other's; none where only
    one does. What nobody waits for is in none of them."""
    left, groups = set(planned.pieces), []
    for wanted in wanting:
        if group := [piece for piece in wanted if piece in left]:
            groups.append(group)
            left.difference_update(group)
    return [call for group in groups for call in endpoint.planned(group)] if len(groups) > 1 else []
