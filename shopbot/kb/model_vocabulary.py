"""Which pieces of the multilingual vocabulary a Chinese shop keeps, and its tokenizer file."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

if TYPE_CHECKING:
    from collections.abc import Sequence

METASPACE = "▁"
BOS, PAD, EOS, UNKNOWN = "<s>", "<pad>", "</s>", "<unk>"
SPECIAL = (BOS, PAD, EOS, UNKNOWN)  # ids 0..3, in this order in the source and in ours
# の stands in Chinese product names, ℃ ① ～ and emoji in messages: kept with the ideographs.
_KEPT_NAMES = ("CJK", "HIRAGANA", "KATAKANA", "KANGXI", "IDEOGRAPHIC")
# Single accented letters keep Décathlon whole; longer foreign pieces are what is dropped.
_KEPT_SINGLE = ("LATIN", "GREEK")
_DROPPED_CONTROLS = "[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"
_SPACES = "[\t\n\x0c\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"
_WAVE, _WAVE_STAND_IN = "～", "\ue000"


def kept_ids(pieces: Sequence[str]) -> list[int]:
    """Ids of the pieces to keep, ascending; the four special pieces always come first."""
    if tuple(pieces[: len(SPECIAL)]) != SPECIAL:
        raise ValueError(f"the vocabulary does not begin with {SPECIAL}")
    return [i for i, piece in enumerate(pieces) if i < len(SPECIAL) or _is_kept(piece)]


def _is_kept(piece: str) -> bool:
    body = piece.replace(METASPACE, "")
    single = len(body) <= 1
    return body.isascii() or all(_is_kept_character(character, single) for character in body)


def _is_kept_character(character: str, single: bool) -> bool:
    if character.isascii() or unicodedata.category(character)[0] in "PSN":
        return True
    name = unicodedata.name(character, "")
    if name.startswith(_KEPT_SINGLE):
        return single
    return any(word in name for word in _KEPT_NAMES)


def build_tokenizer(pieces: Sequence[str], scores: Sequence[float]) -> Tokenizer:
    """A fast Unigram tokenizer over the kept pieces, the same splits as XLM-RoBERTa's.

    The original normaliser is NFKC except that control characters go, odd spaces become spaces and
    the full-width wave ～ stays (so it is carried round NFKC by a private-use stand-in).
    """
    unigram = models.Unigram(list(zip(pieces, scores, strict=True)), SPECIAL.index(UNKNOWN), False)
    tokenizer = Tokenizer(unigram)
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(_DROPPED_CONTROLS), ""),
            normalizers.Replace(Regex(_SPACES), " "),
            normalizers.Replace(_WAVE, _WAVE_STAND_IN),
            normalizers.NFKC(),
            normalizers.Replace(_WAVE_STAND_IN, _WAVE),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(METASPACE, "always", split=False)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A {EOS}",
        pair=f"{BOS} $A {EOS} {EOS} $B {EOS}",
        special_tokens=[(BOS, SPECIAL.index(BOS)), (EOS, SPECIAL.index(EOS))],
    )
    tokenizer.add_special_tokens(list(SPECIAL))
    return tokenizer
