"""A sheet that a shop already has: questions with answers, or answers alone (快捷短语)."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from shopbot.kb.notes import Notes
from shopbot.kb.textfile import decode
from shopbot.kb.workbook_cells import from_cell
from shopbot.kb.workbook_read import MAX_BYTES, BookRefused, sheets_of

Role = Literal["question", "answer", "group", "code", ""]

HEADERS: Mapping[Role, tuple[str, ...]] = {
    "question": (
        "问题", "问法", "客户问", "顾客问", "买家问", "用户问", "提问", "问", "问句", "咨询问题", "常见问题",
        "标准问题", "标准问", "相似问", "相似问法", "扩展问", "扩展问法", "用户问题", "客户问题", "顾客问题", "买家问题",
        "关键词", "问题标题", "q", "question", "questions",
    ),
    "answer": (
        "答案", "答", "回复", "话术", "答复", "回答", "客服回复", "客服回答", "标准回复", "标准答案", "回复内容",
        "答案内容", "内容", "短语", "快捷短语", "短语内容", "快捷短语内容", "回复话术", "话术内容", "参考话术", "a",
        "answer", "answers", "reply", "text", "content",
    ),
    "group": (
        "分组", "分类", "类别", "类型", "组", "组名", "目录", "短语分组", "分组名称", "一级分类", "二级分类", "场景",
        "group", "category",
    ),
    "code": (
        "编码", "快捷编码", "短语编码", "快捷键", "序号", "编号", "快捷码", "code", "shortcut", "id", "no",
    ),
}  # fmt: skip
HEAD_ROWS = 5
ASKING = re.compile(
    r"[?？]|吗|么$|呢$|什么|怎么|咋|多久|多少|几|能不能|能|可以|有没有|哪|为什么|是不是|如何|啥|谁|行不|好不"
)
_PARTS = re.compile(r"\s*[|｜\n]\s*")
_PAIR = re.compile(r"^\s*(?:(问|Q|q|客户|顾客|买家)|(答|A|a|客服|回复))\s*\d*\s*[:：.、]\s*(.*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One row: what shoppers ask (may be nothing), what the shop says, and where it stood."""

    questions: tuple[str, ...]
    answers: tuple[str, ...]
    group: str
    row: int
    sheet: str = ""


def read_table(path: Path) -> dict[str, list[list[str]]]:
    """Return the rows of every sheet of an xlsx, csv or txt file as texts; raises BookRefused."""
    if not path.is_file():
        raise BookRefused(path, "missing")
    ending = path.suffix.lower()
    if ending in (".xlsx", ".xlsm"):
        return texts_of(sheets_of(path))
    if ending not in (".csv", ".tsv", ".txt"):
        raise BookRefused(path, "not-table" if ending not in (".xls", ".et") else "not-xlsx")
    if path.stat().st_size > MAX_BYTES:
        size = f"{path.stat().st_size / 1024 / 1024:.0f}"
        raise BookRefused(path, "too-large", size=size, limit=50)
    text = _text(path)
    return {"": list(_plain_rows(text) if ending == ".txt" else _csv_rows(text))}


def texts_of(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> dict[str, list[list[str]]]:
    """Return the cells of sheets as texts."""
    return {
        name: [[from_cell(cell) for cell in row] for row in rows] for name, rows in sheets.items()
    }


def _text(path: Path) -> str:
    notes = Notes(path.name)
    raw = path.read_bytes()
    text = decode(raw[: 5 * 1024 * 1024], notes)
    if text is None:
        raise BookRefused(path, "encoding")
    return text


def _csv_rows(text: str) -> Iterator[list[str]]:
    lines = text.split("\n")
    head = next((line for line in lines if line.strip()), "")
    mark = max(",\t;", key=head.count)
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=mark)
    done = 0
    for cells in reader:
        yield [cell.strip() for cell in cells]
        yield from ([] for _ in range(reader.line_num - done - 1))  # keep the numbers of lines
        done = reader.line_num


def _plain_rows(text: str) -> Iterator[list[str]]:
    lines = text.split("\n")
    marks = [_PAIR.match(line) for line in lines]
    if sum(1 for m in marks if m and m[1]) and sum(1 for m in marks if m and m[2]):
        yield from _dialogue(lines)
    elif sum(1 for line in lines if "\t" in line) * 2 > sum(1 for line in lines if line.strip()):
        yield from ([cell.strip() for cell in line.split("\t")] for line in lines)
    else:
        yield from ([line.strip()] for line in lines)


def _dialogue(lines: list[str]) -> Iterator[list[str]]:
    """Yield [question, answer] of lines that begin with 问： and 答：, one row a line of the file."""
    rows: list[list[str]] = [[] for _ in lines]
    at, side = -1, 0
    for number, line in enumerate(lines):
        mark = _PAIR.match(line)
        told = mark[3] if mark else line.strip()
        if mark and mark[1]:
            if at < 0 or rows[at][1]:
                at = number
                rows[at] = ["", ""]
            side = 0
        elif mark:
            side = 1
        if at >= 0 and told:
            rows[at][side] = f"{rows[at][side]}\n{told}".strip()
    yield from rows


def pairs(table: Mapping[str, Sequence[Sequence[str]]]) -> list[Pair]:
    """Return the pairs of all sheets; which column is what is told by headers, else by content."""
    found = []
    for sheet, rows in table.items():
        filled = [row for row in rows if any(row)]
        if not filled:
            continue
        start, roles = _roles(rows)
        found += [
            pair
            for number, row in enumerate(rows[start:], start + 1)
            if any(row) and (pair := _pair(row, roles, number, sheet))
        ]
    return found


def _pair(row: Sequence[str], roles: Sequence[Role], number: int, sheet: str) -> Pair | None:
    told: dict[Role, list[str]] = {"question": [], "answer": [], "group": [], "code": [], "": []}
    for role, cell in zip(roles, row, strict=False):
        if cell.strip():
            told[role].append(cell.strip())
    questions = [part for cell in told["question"] for part in _PARTS.split(cell) if part]
    if not questions and not told["answer"]:
        return None
    return Pair(
        questions=tuple(dict.fromkeys(questions)),
        answers=tuple(dict.fromkeys(told["answer"])),
        group=" ".join(told["group"]),
        row=number,
        sheet=sheet,
    )


def _roles(rows: Sequence[Sequence[str]]) -> tuple[int, list[Role]]:
    """Return where the content begins and what each column is."""
    for number, row in enumerate(rows[:HEAD_ROWS]):
        roles = [_role(cell) for cell in row]
        named = sum(1 for role in roles if role)
        if "answer" in roles and named * 2 >= sum(1 for cell in row if cell):
            return number + 1, roles
    return 0, _guessed([row for row in rows if any(row)])


def _role(cell: str) -> Role:
    plain = unicodedata.normalize("NFKC", cell).strip().lower()
    plain = re.sub(r"[（(【\[].*|[:：*\s]|\d+$", "", plain)
    return next((role for role, names in HEADERS.items() if plain in names), "")


def _guessed(rows: Sequence[Sequence[str]]) -> list[Role]:
    width = max(len(row) for row in rows)
    columns = [[row[at] if at < len(row) else "" for row in rows] for at in range(width)]
    used = [at for at, column in enumerate(columns) if any(column)]
    roles: list[Role] = [""] * width
    answer = max(used, key=lambda at: sum(map(len, columns[at])))
    roles[answer] = "answer"
    others = [at for at in used if at != answer]
    for at in others:
        roles[at] = _other_role(columns[at], len(others))
    return roles


def _other_role(cells: Sequence[str], others: int) -> Role:
    told = [cell for cell in cells if cell]
    if all(re.fullmatch(r"[\x21-\x7e]{1,12}", cell) for cell in told):
        return "code"
    asking = sum(1 for cell in told if ASKING.search(cell)) / len(told)
    distinct = len(set(told)) / len(told)
    if asking >= 0.3:
        return "question"
    short = sum(map(len, told)) / len(told) <= 4
    return "group" if distinct < 0.6 or short or others > 1 else "question"
