"""The Excel workbook: nothing is lost on the way out and in, nothing is overwritten."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopbot.kb import replies, workbook
from shopbot.kb.entry import Entry
from shopbot.kb.loader import load
from shopbot.kb.notes import Notes
from shopbot.kb.replies import Setting
from shopbot.kb.storefile import CHINA, base_topics
from shopbot.kb.workbook_cells import from_cell, join_lines, split_lines, to_cell
from shopbot.kb.workbook_entries import EntryShelf, record_of
from shopbot.kb.workbook_folder import NotWritten, open_shop, write_texts
from shopbot.kb.workbook_read import BookRefused, check_xlsx, is_book, sheets_of
from shopbot.kb.workbook_shelf import Edit, Row
from shopbot.kb.yaml_render import Style, entry_text
from tests.entry_strategies import SPICE, entries
from tests.kb_store import NOW, tea_store, written

SETTING = Setting(zone=CHINA, topics=base_topics())
SHELF = EntryShelf()


def exported(store: Path) -> Path:
    """Return the store's workbook, written beside it."""
    path = store.parent / "book.xlsx"
    workbook.export_book(store, path, now=NOW)
    return path


def merged(store: Path, path: Path, **how: bool) -> workbook.Merged:
    """Import a workbook into the store."""
    return workbook.import_book(store, sheets_of(path), **how)


def edit(path: Path, change: Callable[[Any], None]) -> Path:
    """Change a workbook as staff would and save it."""
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    return path


def cell(book: Any, sheet: str, key: str, column: str) -> Any:
    """Return the cell of ``column`` in the row whose first column is ``key``."""
    page = book[sheet]
    at = [head.value for head in page[1]].index(column) + 1
    row = next(r for r in range(2, page.max_row + 1) if page.cell(r, 1).value == key)
    return page.cell(row, at)


def contents(store: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {
        p.relative_to(store).as_posix(): p.read_bytes() for p in store.rglob("*") if p.is_file()
    }


def statuses(done: workbook.Merged) -> dict[str, int]:
    """Return the counts that are not nought, without the unchanged rows."""
    return {name: count for name, count in done.counts.items() if count and name != "unchanged"}


def test_export_and_import_change_nothing(tmp_path: Path) -> None:
    """The round trip of a whole new store leaves every byte of every file."""
    from shopbot.kb.initial import lay_down

    folder = tmp_path / "store"
    lay_down(folder)
    before = contents(folder)
    done = merged(folder, exported(folder))

    assert {} == statuses(done)
    assert () == done.files
    assert before == contents(folder)
    assert done.counts["unchanged"] > 100


@given(text=st.text(alphabet=SPICE + "\x07\x0b\r", max_size=30))
def test_a_cell_gives_back_its_text(text: str) -> None:
    """Whatever a text holds, its cell is no formula and reads back the same."""
    text = text.strip().replace("\r\n", "\n")
    cell_text = to_cell(text)

    assert text == from_cell(_decoded(cell_text))
    assert cell_text[:1] not in tuple("=+-@\t")


def _decoded(cell_text: str) -> str:
    """What a spreadsheet reader makes of ``_x0007_``; checked against the real one below."""
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m[1], 16)), cell_text)


@given(items=st.lists(st.text(alphabet="ab\\n\n亲", min_size=1).map(str.strip).filter(bool)))
def test_lines_of_a_cell_give_back_their_items(items: list[str]) -> None:
    """Several texts in one cell stay several, line breaks and backslashes included."""
    assert tuple(items) == split_lines(join_lines(tuple(items)))


def test_odd_texts_pass_through_a_real_file(tmp_path: Path) -> None:
    """Formulas, control characters and Excel's own escapes survive writing and reading."""
    texts = [
        "=1+1",
        "+86 138",
        "-5℃",
        "@店主",
        "'引号",
        "'=1",
        "_x0041_",
        "a\x07b",
        "007",
        "1-2",
        "=\n第二行",
    ]
    book = openpyxl.Workbook()
    for number, text in enumerate(texts, 1):
        book.worksheets[0].cell(number, 1, to_cell(text)).data_type = "s"
    book.save(tmp_path / "a.xlsx")
    rows = next(iter(sheets_of(tmp_path / "a.xlsx").values()))

    assert texts == [from_cell(row[0]) for row in rows]


@settings(max_examples=30, deadline=None)
@given(told=st.lists(entries(), min_size=1, max_size=3, unique_by=lambda e: e.id), zh=st.booleans())
def test_rendered_entries_read_back(told: list[Entry], zh: bool) -> None:
    """Any entry written as YAML reads back as itself, with English and with Chinese keys."""
    text = "\n".join(entry_text(entry, Style(setting=SETTING, chinese=zh)) for entry in told)
    found = replies.read(text, Notes("replies/a.yaml"), SETTING)

    assert [entry.canonical() for entry in told] == [entry.canonical() for entry in found]


@settings(max_examples=30, deadline=None)
@given(entry=entries())
def test_a_row_tells_its_entry(entry: Entry) -> None:
    """Cells and answer rows of any entry make the same version again."""
    record = record_of(entry, SETTING)
    cells = {name: from_cell(_decoded(to_cell(c))) for name, c in record.cells.items()}
    found, problems = SHELF.parse(Row(number=5, cells=cells, answers=record.answers), "x", SETTING)

    assert found is not None, problems
    assert entry.version == found.version


@settings(max_examples=40, deadline=None)
@given(
    told=st.lists(entries(), min_size=1, max_size=3, unique_by=lambda e: e.id),
    zh=st.booleans(),
    data=st.data(),
)
def test_any_edit_lands_and_nothing_else_moves(told: list[Entry], zh: bool, data: Any) -> None:
    """One entry becomes any other; its neighbours and the comments between them stay."""
    style = Style(setting=SETTING, chinese=zh)
    text = "# 文件头\n" + "\n# 之间\n".join(entry_text(entry, style) for entry in told)
    old = data.draw(st.sampled_from(told))
    new = data.draw(entries(ids=st.just(old.id)))
    edits = [Edit(key=old.id, new=record_of(new, SETTING))]
    after = SHELF.write(text, "replies/a.yaml", edits, SETTING)
    wanted = {entry.id: entry.version for entry in told} | {new.id: new.version}

    assert wanted == {r.key: r.version for r in SHELF.read(after, "replies/a.yaml", SETTING)}
    assert after.count("# 之间") == len(told) - 1
    assert after.startswith("# 文件头\n")


COMMENTED = """# 文件头
- id: shipping-time.a   # 编号后的注释
  topic: shipping-time
  # 问法前的注释
  questions: [多久发货, "几天发", 啥时候发]  # 问法后的注释
  answers:
    # 第一句前的注释
    - 亲，48小时内发。
    - text: 尽快发。   # 内容后的注释
      tone: brief
  chips:
    - 几天能到  # 下一步的注释
  priority: 1   # 优先级的注释

# 另一条
- id: shipping-time.b
  topic: shipping-time
  questions: [周末发吗]
  answers: [周末也发。]
"""


def test_comments_and_order_stay_when_fields_change(tmp_path: Path) -> None:
    """Staff change five fields in Excel; the file shows just these changes."""
    store = written(tmp_path / "store", {"replies/a.yaml": COMMENTED})
    path = exported(store)

    def change(book: Any) -> None:
        key = "shipping-time.a"
        cell(book, "话术", key, "问法").value = "多久发货\n几天能发出\n啥时候发\n哪天发"
        cell(book, "话术", key, "下一步").value = "几天能到\n发什么快递"
        cell(book, "话术", key, "优先级").value = 2
        cell(book, "话术", key, "负责人").value = "小禾"
        cell(book, "答复", key, "内容").value = "亲，24小时内发。"

    done = merged(store, edit(path, change))
    wanted = (
        COMMENTED.replace('"几天发", 啥时候发]', "几天能发出, 啥时候发, 哪天发]")
        .replace("48小时", "24小时")
        .replace("的注释\n  priority: 1", "的注释\n    - 发什么快递\n  priority: 2")
        .replace("优先级的注释\n", "优先级的注释\n  owner: 小禾\n")
    )

    assert {"changed": 1} == statuses(done)
    assert wanted == (store / "replies/a.yaml").read_text(encoding="utf-8")


def test_a_field_cleared_in_excel_goes(tmp_path: Path) -> None:
    """A blank cell takes the field away, its line and no other."""
    store = written(tmp_path / "store", {"replies/a.yaml": COMMENTED})

    def change(book: Any) -> None:
        cell(book, "话术", "shipping-time.a", "优先级").value = None

    merged(store, edit(exported(store), change))
    wanted = COMMENTED.replace("  priority: 1   # 优先级的注释\n", "")

    assert wanted == (store / "replies/a.yaml").read_text(encoding="utf-8")


def test_changed_on_both_sides_is_told_and_left(tmp_path: Path) -> None:
    """Neither side is overwritten; the row is a conflict with its place."""
    store = written(tmp_path / "store", {"replies/a.yaml": COMMENTED})
    path = exported(store)
    theirs = COMMENTED.replace("48小时", "72小时")
    (store / "replies/a.yaml").write_text(theirs, encoding="utf-8")

    def change(book: Any) -> None:
        cell(book, "答复", "shipping-time.a", "内容").value = "亲，24小时内发。"
        cell(book, "话术", "shipping-time.b", "负责人").value = "小禾"

    done = merged(store, edit(path, change))
    told = next(o for o in done.outcomes if o.status == "conflict")

    assert ("话术", 2, "shipping-time.a", "replies/a.yaml") == (
        told.sheet,
        told.row,
        told.key,
        told.file,
    )
    assert {"changed": 1, "conflict": 1} == statuses(done)
    assert "72小时" in (store / "replies/a.yaml").read_text(encoding="utf-8")
    assert 1 == done.exit_code


def test_the_same_change_on_both_sides_is_no_conflict(tmp_path: Path) -> None:
    """Both sides said the same: nothing to do."""
    store = written(tmp_path / "store", {"replies/a.yaml": COMMENTED})
    path = exported(store)
    (store / "replies/a.yaml").write_text(COMMENTED.replace("48小时", "24小时"), encoding="utf-8")

    def change(book: Any) -> None:
        cell(book, "答复", "shipping-time.a", "内容").value = "亲，24小时内发。"

    assert {} == statuses(merged(store, edit(path, change)))


def test_sorted_rows_still_belong_to_their_entries(tmp_path: Path) -> None:
    """Sorting a sheet moves the hidden bookkeeping with the rows."""
    store = tea_store(tmp_path)
    path = exported(store)

    def change(book: Any) -> None:
        for name in ("话术", "答复", "商品话术模板", "库存"):
            page = book[name]
            rows = [[c.value for c in row] for row in page.iter_rows(min_row=2)]
            for number, values in enumerate(reversed(rows), 2):
                for at, value in enumerate(values, 1):
                    page.cell(number, at).value = value

    before = contents(store)

    assert {} == statuses(merged(store, edit(path, change)))
    assert before == contents(store)


def test_a_deleted_row_is_told_not_deleted(tmp_path: Path) -> None:
    """Only a status or 操作 takes something away; a missing row is a reminder."""
    store = written(tmp_path / "store", {"replies/a.yaml": COMMENTED})
    done = merged(store, edit(exported(store), lambda book: book["话术"].delete_rows(2)))

    assert {"missing": 1} == statuses(done)
    assert COMMENTED == (store / "replies/a.yaml").read_text(encoding="utf-8")


def test_vanished_answers_are_an_error(tmp_path: Path) -> None:
    """All answers of an entry gone is more likely a slip than a wish."""
    store = written(tmp_path / "store", {"replies/a.yaml": COMMENTED})
    done = merged(store, edit(exported(store), lambda book: book["答复"].delete_rows(2, 2)))

    assert {"error": 1} == statuses(done)
    assert COMMENTED == (store / "replies/a.yaml").read_text(encoding="utf-8")


def test_new_rows_go_where_their_topic_is(tmp_path: Path) -> None:
    """A new entry joins its topic's file with an id of its own; a copied row is a new entry."""
    store = written(tmp_path / "store", {"replies/a.yaml": COMMENTED})

    def change(book: Any) -> None:
        heads = [head.value for head in book["话术"][1]]
        row = {"话题": "多久发货、今天能发吗 shipping-time", "问法": "今晚发吗", "状态": "草稿"}
        book["话术"].append([row.get(name) for name in heads])
        copied = [c.value for c in book["话术"][3]]
        copied[0], copied[heads.index("问法")] = "shipping-time.c", "周日发吗"
        book["话术"].append(copied)
        book["答复"].append(["shipping-time.c", None, None, "周日也发。"])

    done = merged(store, edit(exported(store), change))
    ids = [entry.id for entry in load(store).entries]

    assert {"added": 2} == statuses(done)
    assert ["shipping-time.a", "shipping-time.b", "shipping-time.n1", "shipping-time.c"] == ids


def test_errors_name_sheet_and_row(tmp_path: Path) -> None:
    """A bad cell keeps its row out with the check's own words; the other rows go in."""
    store = written(tmp_path / "store", {"replies/a.yaml": COMMENTED})

    def change(book: Any) -> None:
        cell(book, "话术", "shipping-time.a", "有效期").value = "明年"
        cell(book, "话术", "shipping-time.b", "负责人").value = "小禾"

    done = merged(store, edit(exported(store), change))
    told = next(o for o in done.outcomes if o.status == "error")

    assert ("话术", 2) == (told.sheet, told.row)
    assert "明年" in told.message
    assert "小禾" in (store / "replies/a.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("encoding", "newline", "separator"),
    [
        ("utf-8", "\n", ","),
        ("utf-8-sig", "\r\n", ","),
        ("gb18030", "\r\n", ";"),
        ("gb18030", "\n", "\t"),
    ],
)
def test_a_table_keeps_its_form(
    tmp_path: Path, encoding: str, newline: str, separator: str
) -> None:
    """Encoding, mark, line ends, separator, quotes and comments of a CSV stay as they were."""
    rows = [
        "款号,商品名,价格,面料",
        "# 注释行",
        "A-1,春茶,98.50,芽",
        'A-2,"带""引号",12,叶',
        "",
        "A-3,秋茶,7,叶",
    ]
    text = newline.join(row.replace(",", separator) for row in rows) + newline
    store = written(tmp_path / "store", {"products/tea.csv": text.encode(encoding)})

    def change(book: Any) -> None:
        name = next(title for title in book.sheetnames if title.startswith("商品 "))
        page = book[name]
        cell(book, name, "A-1", "价格").value = 99
        page.cell(1, page.max_column + 1, "产地")
        page.cell(4, page.max_column, "杭州")
        page.append(["007", "新茶"])

    done = merged(store, edit(exported(store), change))
    wanted = [*rows]
    wanted[0] += ",产地"
    wanted[2] = "A-1,春茶,99,芽,"
    wanted[5] = "A-3,秋茶,7,叶,杭州"
    wanted.append("007,新茶,,,")
    told = newline.join(row.replace(",", separator) for row in wanted) + newline

    assert {"changed": 2, "added": 1} == statuses(done)
    assert told.encode(encoding) == (store / "products/tea.csv").read_bytes()


def test_words_and_facts_are_written_on_their_lines(tmp_path: Path) -> None:
    """Word lists, banned words and store.yaml change line by line, comments kept."""
    store = written(
        tmp_path / "store",
        {
            "store.yaml": "# 店\nid: tea\nname: 茶铺  # 店名\nfacts:\n  店名: 茶铺\n  电话: ''  # 待填\n",
            "words/lexicon.txt": "# 词\n龙井 50  # 茶名\n碧螺春\n",
            "words/synonyms.txt": "优惠券, 优惠卷 # 券\n",
            "words/banned.csv": "类别,词,怎么改,例外\n含糊,大概,写清楚,\n",
        },
    )

    def change(book: Any) -> None:
        cell(book, "词库", "龙井", "词频").value = 60
        book["词库"].append(["毛尖"])
        cell(book, "同义词", "优惠券", "其他说法").value = "优惠卷\nyhq"
        cell(book, "禁用词", "含糊", "操作").value = "删除"
        page = book["店铺资料"]
        for row in range(2, page.max_row + 1):
            if page.cell(row, 2).value == "电话":
                page.cell(row, 3).value = "0571-1"
        page.append(["变量", "发货地", "杭州: 西湖"])

    done = merged(store, edit(exported(store), change))
    read = {name: (store / name).read_text(encoding="utf-8") for name in contents(store)}

    assert {"added": 2, "changed": 3, "removed": 1} == statuses(done)
    assert "# 词\n龙井 60  # 茶名\n碧螺春\n毛尖\n" == read["words/lexicon.txt"]
    assert "优惠券, 优惠卷, yhq # 券\n" == read["words/synonyms.txt"]
    assert "类别,词,怎么改,例外\n" == read["words/banned.csv"]
    facts = '  店名: 茶铺\n  电话: 0571-1  # 待填\n  发货地: "杭州: 西湖"\n'
    assert f"# 店\nid: tea\nname: 茶铺  # 店名\nfacts:\n{facts}" == read["store.yaml"]


def test_a_policy_changes_by_line(tmp_path: Path) -> None:
    """Metadata lines and body of one section change; heading text, other sections stay."""
    text = (
        "# 退换\n\n说明文字\n\n## 七天怎么算\n- 编号: policy.a\n- 话题: return-policy\n- 问法: 哪天起｜几天\n"
        "- 适用类目: 茶\n\n第一行。\n第二行。\n\n## 别的\n- 编号: policy.b\n- 话题: return-policy\n\n正文。\n"
    )
    store = written(tmp_path / "store", {"policies/r.md": text})

    def change(book: Any) -> None:
        cell(book, "政策", "policy.a", "问法").value = "哪天起\n签收算吗"
        cell(book, "政策", "policy.a", "正文").value = "第一行。\n改过的第二行。"
        cell(book, "政策", "policy.a", "有效期").value = "2026-12-01 起"
        cell(book, "政策", "policy.a", "适用类目").value = None

    done = merged(store, edit(exported(store), change))
    wanted = (
        text.replace("｜几天", "｜签收算吗")
        .replace("\n第二行", "\n改过的第二行")
        .replace("- 适用类目: 茶\n", "- 有效期: 2026-12-01 起\n")
    )

    assert {"changed": 1} == statuses(done)
    assert wanted == (store / "policies/r.md").read_text(encoding="utf-8")


def test_a_broken_file_is_not_touched(tmp_path: Path) -> None:
    """An edit of a file that became broken YAML is refused with its name."""
    store = written(tmp_path / "store", {"replies/a.yaml": COMMENTED})
    path = exported(store)
    broken = COMMENTED + "- id: x\n  topic: [a\n"
    (store / "replies/a.yaml").write_text(broken, encoding="utf-8")

    def change(book: Any) -> None:
        cell(book, "话术", "shipping-time.b", "负责人").value = "小禾"

    done = merged(store, edit(path, change))

    assert {"error": 1} == statuses(done)
    assert broken == (store / "replies/a.yaml").read_text(encoding="utf-8")


def test_a_dry_run_writes_nothing_and_a_backup_is_kept_when_asked(tmp_path: Path) -> None:
    """--dry-run tells the same; --backup leaves the old file beside the new one."""
    store = written(tmp_path / "store", {"replies/a.yaml": COMMENTED})

    def change(book: Any) -> None:
        cell(book, "话术", "shipping-time.b", "负责人").value = "小禾"

    path = edit(exported(store), change)
    dry = merged(store, path, dry_run=True)

    assert COMMENTED == (store / "replies/a.yaml").read_text(encoding="utf-8")
    assert dry.counts == merged(store, path, backup=True).counts
    assert COMMENTED == (store / "replies/a.yaml.bak").read_text(encoding="utf-8")


def test_a_file_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """Between reading and writing somebody saved the file: the import gives up."""
    store = written(tmp_path / "store", {"replies/a.yaml": COMMENTED})
    shop = open_shop(store)
    (store / "replies/a.yaml").write_text("- id: y\n", encoding="utf-8")
    with pytest.raises(NotWritten):
        write_texts(shop, {"replies/a.yaml": COMMENTED})

    assert "- id: y\n" == (store / "replies/a.yaml").read_text(encoding="utf-8")
    assert [] == [p.name for p in (store / "replies").iterdir() if p.suffix == ".tmp"]


def test_a_workbook_that_cannot_be_put_there_is_told(tmp_path: Path) -> None:
    """No such folder, or a folder of that name: one error that names the place, nothing half left."""
    store = written(tmp_path / "store", {})
    (tmp_path / "taken.xlsx").mkdir()
    for place in (tmp_path / "gone" / "book.xlsx", tmp_path / "taken.xlsx"):
        with pytest.raises(NotWritten, match=place.name):
            workbook.export_book(store, place, now=NOW)

    assert ["store", "taken.xlsx"] == sorted(path.name for path in tmp_path.iterdir())


@pytest.mark.parametrize(
    "file", ["../x.yaml", "/etc/x.yaml", "store.yaml", "media/x.yaml", "replies\\x.yaml"]
)
def test_a_row_cannot_name_a_foreign_file(tmp_path: Path, file: str) -> None:
    """所在文件 only takes files of the right kind below the store's folder."""
    store = written(tmp_path / "store", {"replies/a.yaml": COMMENTED})

    def change(book: Any) -> None:
        heads = [head.value for head in book["话术"][1]]
        row = {
            "编号": "x.y",
            "话题": "shipping-time",
            "问法": "今晚发吗",
            "状态": "草稿",
            "所在文件": file,
        }
        book["话术"].append([row.get(name) for name in heads])

    assert {"error": 1} == statuses(merged(store, edit(exported(store), change)))


def test_missing_columns_are_told(tmp_path: Path) -> None:
    """A needed column gone stops its sheet with a message; an optional one leaves its field alone."""
    store = written(tmp_path / "store", {"replies/a.yaml": COMMENTED})

    def change(book: Any) -> None:
        heads = [head.value for head in book["话术"][1]]
        book["话术"].delete_cols(heads.index("优先级") + 1)
        book["词库"].cell(1, 1).value = "单词"
        book["词库"].append(["龙井"])

    done = merged(store, edit(exported(store), change))
    told = [o.message for o in done.outcomes if o.status == "error"]

    assert COMMENTED == (store / "replies/a.yaml").read_text(encoding="utf-8")
    assert len(told) == 1
    assert "词" in told[0]


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    """Text, damaged files and zip bombs are refused before anything opens them."""
    (tmp_path / "a.xlsx").write_text("你好", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", "x")
        with packed.open("xl/big.xml", "w", force_zip64=True) as stream:
            for _ in range(510):
                stream.write(b"\0" * 1024 * 1024)
    with zipfile.ZipFile(tmp_path / "c.xlsx", "w") as packed:
        packed.writestr("readme.txt", "x")
    for name in ("a.xlsx", "b.xlsx", "c.xlsx"):
        with pytest.raises(BookRefused):
            check_xlsx(tmp_path / name)


def test_a_workbook_is_told_from_a_plain_sheet(tmp_path: Path) -> None:
    """An export is a workbook, a question sheet is not."""
    store = written(tmp_path / "store", {"replies/a.yaml": COMMENTED})

    assert is_book(sheets_of(exported(store)))
    assert not is_book({"Sheet1": [["问题", "答案"], ["多久发货", "48小时"]]})


def test_staff_get_drop_downs_and_text_cells(tmp_path: Path) -> None:
    """The sheet is frozen, wrapped, text-formatted, with lists for topic, state and action."""
    store = written(tmp_path / "store", {"replies/a.yaml": COMMENTED})
    page = openpyxl.load_workbook(exported(store))["话术"]
    heads = [head.value for head in page[1]]
    letters = {str(rule.sqref)[0] for rule in page.data_validations.dataValidation}

    assert "B2" == page.freeze_panes
    assert {"@"} == {
        page.cell(2, heads.index(n) + 1).number_format for n in ("编号", "问法", "有效期")
    }
    assert {chr(ord("A") + heads.index(n)) for n in ("话题", "阶段", "动作", "状态")} <= letters
