"""Whether two questions that get the same answer ask the same thing. Pure.

One entry may answer several things (怎么洗, 能机洗吗, 可以烘干吗): who asks these one after another is going
on, not repeating. 多久发货, 什么时候发货, 几天能发: that is one question in three wordings.
"""

from __future__ import annotations

import re

_OPEN = re.compile(r"怎么|咋|如何|什么|啥|多久|多少|多长|几|哪|谁|何时|为何|为啥")
"""Words of a question that leaves the answer open: it asks for all that the entry tells."""
_FRAME = re.compile(
    r"可不可以|能不能|会不会|是不是|有没有|要不要|用不用|行不行|支不支持|可以|不会|不能|能够|支持|需要"
    r"|这个|这款|这件|那个|那款|那件|你们家?|我们?|咱|请问|想问|一下|到底|还是|那么|是否|究竟"
    r"|[能会是有要得用该可这那它也还都就又再的地得了过吗么呢吧啊呀嘛哦哈]"
)


_EITHER = re.compile(r"(.)不\1")
"""掉不掉色 is 掉色."""


def asked(question: str) -> str:
    """Return what a question puts forward for a yes or a no; blank when it leaves the answer open."""
    return "" if _OPEN.search(question) else _FRAME.sub("", _EITHER.sub(r"\1", question))


def is_same(question: str, before: str) -> bool:
    """Tell whether a question asks what one asked ``before``, which got the same answer.

    Both are bare words without marks. A word that goes on where the other stops (退, 退货) says the same;
    one that narrows it down from the front (洗, 机洗) says something else.
    """
    one, other = asked(question), asked(before)
    if not one or not other:
        return not (one or other) or (one in before and other in question)
    return one.startswith(other) or other.startswith(one) or sorted(one) == sorted(other)
