"""The sheets of the workbook: titles, columns, widths and drop-downs. No file is touched here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shopbot.kb import fields, tables
from shopbot.kb.workbook_entries import EntryShelf
from shopbot.kb.workbook_facts import FactShelf
from shopbot.kb.workbook_lists import LEXICON, SYNONYMS
from shopbot.kb.workbook_policies import PolicyShelf
from shopbot.kb.workbook_shelf import Shelf
from shopbot.kb.workbook_tables import SHELVES as TABLES

MARK = "shopbot-workbook"
FORMAT = 1
SYSTEM, CHOICES = "系统", "选项"
GUIDE, TOPICS, ANSWERS = "说明", "话题", "答复"
BASE, FILE, ACTION = "系统列（请勿改动）", "所在文件", "操作"
VIEW = "首句答复（只看）"
ASKED = "问的是（只看）"
DELETE = "删除"
READ_ONLY = (VIEW, ASKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its name, width in characters, the drop-down it has, whether it must be there."""

    name: str
    width: int = 14
    choices: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetKind:
    """One kind of sheet: title, what it holds, where new rows go, its columns."""

    title: str
    shelf: Shelf
    kind: str
    home: str = ""
    columns: tuple[Column, ...] = ()
    removable: bool = False


def _entry_columns(*names: str) -> tuple[Column, ...]:
    return tuple(_ENTRY[name] for name in names)


_ENTRY = {
    column.name: column
    for column in (
        Column(name="编号", width=26, required=True),
        Column(name="话题", width=26, choices="topic", required=True),
        Column(name="阶段", width=8, choices="stage"),
        Column(name="属性", width=10, choices="attribute"),
        Column(name="标题", width=24, required=True),
        Column(name="问法", width=34, required=True),
        Column(name="正文", width=60, required=True),
        Column(name=VIEW, width=44),
        Column(name="需要", width=12),
        Column(name="追问", width=30),
        Column(name="动作", width=16, choices="action"),
        Column(name="适用款号", width=14),
        Column(name="适用类目", width=12),
        Column(name="适用渠道", width=12),
        Column(name="有效期", width=24),
        Column(name="附件", width=22),
        Column(name="下一步", width=22),
        Column(name="负责人", width=14),
        Column(name="状态", width=8, choices="status"),
        Column(name="优先级", width=8, choices="priority"),
        Column(name="承诺内容", width=18),
        Column(name="承诺期限", width=12),
    )
}
_COMMON = (
    "适用款号",
    "适用类目",
    "适用渠道",
    "有效期",
    "附件",
    "下一步",
    "负责人",
    "状态",
    "优先级",
)
_PROMISED = ("承诺内容", "承诺期限")

ANSWER_COLUMNS = (
    Column(name="编号", width=26, required=True),
    Column(name=ASKED, width=26),
    Column(name="序", width=5),
    Column(name="内容", width=76, required=True),
    Column(name="语气", width=8, choices="tone"),
    Column(name="渠道", width=8, choices="channel"),
    Column(name="类目", width=12),
    Column(name="款号", width=14),
    Column(name="情形", width=10, choices="when"),
)


def _table(names: tuple[str, ...], widths: Mapping[str, int], required: int) -> tuple[Column, ...]:
    return tuple(
        Column(name=name, width=widths.get(name, 12), required=at < required)
        for at, name in enumerate(names)
    )


PRODUCT_WIDTHS = {"商品名": 24, "别名": 28, "颜色": 26, "尺码": 16, "尺码表": 16, "链接": 18}
KINDS: tuple[SheetKind, ...] = (
    SheetKind(
        title="话术", shelf=EntryShelf(), kind="replies",
        columns=_entry_columns("编号", "话题", "阶段", "问法", VIEW, "需要", "追问", "动作", *_COMMON, *_PROMISED),
    ),
    SheetKind(
        title="政策", shelf=PolicyShelf(), kind="policies",
        columns=_entry_columns("编号", "话题", "阶段", "标题", "问法", "正文", "需要", "追问", "动作", *_COMMON),
    ),
    SheetKind(
        title="商品话术模板", shelf=EntryShelf(template=True), kind="templates",
        home="products/templates.yaml",
        columns=_entry_columns("编号", "属性", "话题", "阶段", "问法", VIEW, "需要", "追问", "动作", *_COMMON, *_PROMISED),
    ),
    SheetKind(
        title="商品", shelf=TABLES["products"], kind="products", home="products/products.csv",
        columns=_table(tables.PRODUCT_COLUMNS, PRODUCT_WIDTHS, 2), removable=True,
    ),
    SheetKind(
        title="库存", shelf=TABLES["stock"], kind="stock", home="products/stock.csv",
        columns=_table(tables.STOCK_COLUMNS, {"截至": 18, "补货日期": 14}, 1), removable=True,
    ),
    SheetKind(
        title="尺码表", shelf=TABLES["sizes"], kind="sizes", removable=True,
        columns=(Column(name="尺码表", width=20, required=True), Column(name="尺码", required=True)),
    ),
    SheetKind(
        title="对比", shelf=TABLES["compare"], kind="compare", home="products/compare.csv",
        columns=_table(tables.COMPARE_COLUMNS, {"区别": 60, "怎么选": 60}, 3), removable=True,
    ),
    SheetKind(
        title="词库", shelf=LEXICON, kind="lexicon", home="words/lexicon.txt", removable=True,
        columns=(Column(name="词", width=24, required=True), Column(name="词频", width=10)),
    ),
    SheetKind(
        title="同义词", shelf=SYNONYMS, kind="synonyms", home="words/synonyms.txt", removable=True,
        columns=(
            Column(name="标准词", width=20, required=True),
            Column(name="其他说法", width=60, required=True),
        ),
    ),
    SheetKind(
        title="禁用词", shelf=TABLES["banned"], kind="banned", home="words/banned.csv", removable=True,
        columns=_table(tables.BANNED_COLUMNS, {"词": 20, "怎么改": 50, "例外": 40}, 2),
    ),
    SheetKind(
        title="店铺资料", shelf=FactShelf(), kind="store", home="store.yaml", removable=True,
        columns=(
            Column(name="类别", width=10, choices="fact"),
            Column(name="项目", width=20, required=True),
            Column(name="内容", width=70, required=True),
        ),
    ),
)  # fmt: skip
BY_TITLE = {kind.title: kind for kind in KINDS}


def kind_of(title: str) -> SheetKind | None:
    """Return the kind of a sheet; 商品 sheets carry their category after a space."""
    if title.startswith("商品 "):
        return BY_TITLE["商品"]
    return BY_TITLE.get(title)


def closed(name: str) -> tuple[str, ...]:
    """Return the Chinese words offered for a closed list."""
    return tuple(words[0] for words in fields.CLOSED[name].values())
