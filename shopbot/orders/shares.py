"""Money cut into parts that sum to the whole, to the fen.

Largest remainder (Hamilton): each part is its exact share rounded down; what is left goes, a fen each,
to the largest fractions, the earlier part first. Shares of the first pieces of a row are cumulative,
so returning piece by piece comes to the same as returning all at once.
"""

from __future__ import annotations

from collections.abc import Sequence


def split(whole: int, weights: Sequence[int]) -> list[int]:
    """Return ``whole`` fen over ``weights``; all weights 0 counts as all equal.

    ValueError for negative values, or nothing to give a positive sum to.
    """
    if whole < 0 or any(weight < 0 for weight in weights):
        raise ValueError("shares are made of amounts of zero or more")
    if not weights:
        if whole:
            raise ValueError(f"{whole} fen and nobody to give them to")
        return []
    total = sum(weights)
    parts, total = (list(weights), total) if total else ([1] * len(weights), len(weights))
    shares = [whole * weight // total for weight in parts]
    order = sorted(range(len(parts)), key=lambda i: (-(whole * parts[i] % total), i))
    for index in order[: whole - sum(shares)]:
        shares[index] += 1
    return shares


def first_pieces(whole: int, pieces: int, quantity: int) -> int:
    """Return what the first ``pieces`` of ``quantity`` equal pieces are worth together."""
    if not 0 <= pieces <= quantity:
        raise ValueError(f"{pieces} of {quantity} pieces")
    return whole * pieces // quantity if quantity else 0


def next_pieces(whole: int, gone: int, pieces: int, quantity: int) -> int:
    """Return what ``pieces`` more are worth after ``gone`` went before."""
    return first_pieces(whole, gone + pieces, quantity) - first_pieces(whole, gone, quantity)
