"""A shop's list of 快捷短语, as its chat tool exports it, becomes drafts that stand in the right topic."""

from __future__ import annotations

from pathlib import Path

from shopbot.kb.embedder import OnnxEmbedder
from shopbot.kb.firstday import FirstDay, import_sheet
from shopbot.kb.firstday_read import pairs, read_table
from shopbot.kb.model_folder import ModelFolder
from shopbot.kb.topic_similar import Nearness
from tests.kb_store import NOW, written

SHEET = [
    ("fh1", "亲，今天拍下的包裹一般明后天就从仓库走了，您耐心等等", "shipping-time"),
    ("fp", "亲，票据可以给您开电子版的，您把抬头和税号留下就行", "invoice"),
    ("th", "亲，收到七天之内不喜欢都可以退的，不影响二次销售就行哦", "return-policy"),
    ("yj", "亲亲，价格已经是底价了呢，小店利薄，真的没法再少了", "price-bargain"),
    ("kd", "亲，咱家默认走韵达，您要指定别的快递请提前说一声", "courier"),
    ("dz", "亲，地址写错了没关系，没出库之前您说一声我给您改过来", "change-address"),
    ("hp", "亲，感谢您的喜欢，方便的话给个五星好评，对我们帮助很大", "review-invite"),
    ("tk", "亲，您的退款申请已经通过了，钱款会原路退回，1-3天到账", "refund-progress"),
    ("ly", "亲，四件套建议30度以下冷水轻柔洗，深浅分开，不要暴晒", "care"),
    ("bye", "不客气哈，祝您生活愉快，有需要随时找我", "thanks-bye"),
]
"""Code, phrase, the topic a person would put it into. A bedding shop; no sentence of it is known."""


def _drafted(folder: Path, similar: Nearness | None) -> FirstDay:
    store = written(folder / "store", {"replies/empty.yaml": ""})
    rows = "".join(f"{code},常用,{text}\r\n" for code, text, _ in SHEET)
    path = folder / "千牛快捷短语.csv"
    path.write_bytes(f"快捷编码,分组,快捷短语\r\n{rows}".encode("gb18030"))
    told = pairs(read_table(path))
    return import_sheet(store, told, name=path.stem, now=NOW, similar=similar)


def _right(done: FirstDay) -> int:
    return sum(row.topic == topic for row, (*_, topic) in zip(done.rows, SHEET, strict=True))


def test_phrases_without_questions_are_put_into_their_topics(
    bundled: ModelFolder, tmp_path: Path
) -> None:
    """With the model seven of ten topics are right, and more of them than by words alone."""
    for name in ("words", "meaning"):
        (tmp_path / name).mkdir()
    by_words = _drafted(tmp_path / "words", None)
    by_meaning = _drafted(tmp_path / "meaning", Nearness(lambda: OnnxEmbedder(bundled)))
    told = [(row.topic, round(row.confidence, 2)) for row in by_meaning.rows]

    assert ["drafted"] * len(SHEET) == [row.status for row in by_meaning.rows]
    assert 7 <= _right(by_meaning) > _right(by_words), told
