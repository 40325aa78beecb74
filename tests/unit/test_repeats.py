"""Questions that get the same answer: asked again, or something else."""

from __future__ import annotations

import pytest

from shopbot.chat.repeats import is_same

PAIRS = [
    ("open-open", "多久发货", "几天能发", True),
    ("wash-machine", "怎么洗", "能机洗吗", False),
    ("machine-dryer", "能机洗吗", "可以烘干吗", False),
    ("may-can", "能机洗吗", "可以机洗吗", True),
    ("open-and-its-word", "怎么退款", "能退款吗", True),
    ("goes-on", "能退吗", "可以退货吗", True),
    ("narrower", "能发货吗", "今天能发货吗", False),
    ("either-or", "会掉色吗", "掉不掉色", True),
    ("turned-round", "发票能开吗", "能开发票吗", True),
    ("other-trait", "防水吗", "防风吗", False),
    ("nothing-but-particles", "吗", "呢", True),
]


@pytest.mark.parametrize(
    ("one", "other", "same"), [p[1:] for p in PAIRS], ids=[p[0] for p in PAIRS]
)
def test_a_repeat_asks_the_same_thing(one: str, other: str, same: bool) -> None:
    """Other words for one question repeat it; another thing that one entry answers too does not."""
    assert (same, same) == (is_same(one, other), is_same(other, one))
