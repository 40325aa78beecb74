"""Draw a picture for each size table in knowledge/products/sizes.

Usage: python tools/draw_size_charts.py [--font FILE]

Needs Pillow and a Chinese font (Debian: fonts-noto-cjk). Writes knowledge/media/size-<table>.png,
at most 60 KB each; titles and tips come from tools/size_charts.yaml.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parent.parent
SIZES = ROOT / "knowledge" / "products" / "sizes"
MEDIA = ROOT / "knowledge" / "media"
TEXTS = ROOT / "tools" / "size_charts.yaml"
FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
SIMPLIFIED = 2  # face number of the simplified Chinese font in the Noto collection
MAX_BYTES = 60_000

WIDTH, TITLE_HEIGHT, HEAD_HEIGHT, ROW_HEIGHT, FOOT_HEIGHT = 960, 110, 88, 92, 116
MARGIN = 24
GREEN, PALE, LINE = (38, 92, 78), (238, 245, 242), (205, 218, 213)
WHITE, INK, GREY = (255, 255, 255), (34, 40, 38), (105, 116, 112)
UNITS = {"尺码": "", "体重": "kg", "脚长": "mm"}  # everything else is cm
JIN_PER_KG = 2

Cell = tuple[str, str]  # main line, small second line
Fonts = Mapping[int, ImageFont.FreeTypeFont]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What one picture shows: heads and cells are (main line, small line) pairs."""

    title: str
    tip: str
    footer: str
    heads: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return TITLE_HEIGHT + HEAD_HEIGHT + ROW_HEIGHT * len(self.rows) + FOOT_HEIGHT


def read_chart(table: Path, texts: Mapping[str, Any]) -> Chart:
    """Return the chart of one size table; ``身高起`` and ``身高止`` become one column ``身高``."""
    with table.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    columns = [name.removesuffix("起") for name in rows[0] if not name.endswith("止")]
    words = texts["charts"][table.stem]
    return Chart(
        title=words["title"],
        tip=words["tip"],
        footer=texts["footer_shoes"] if "脚长" in columns else texts["footer"],
        heads=tuple((name, UNITS.get(name, "cm")) for name in columns),
        rows=tuple(tuple(cell(name, row) for name in columns) for row in rows),
    )


def cell(name: str, row: Mapping[str, str]) -> Cell:
    """Return what stands in a cell; weights also in 斤, as shoppers tell theirs."""
    if name in row:
        return row[name], ""
    low, high = row[f"{name}起"], row[f"{name}止"]
    if name != "体重":
        return f"{low}-{high}", ""
    return f"{low}-{high}", f"{float(low) * JIN_PER_KG:g}-{float(high) * JIN_PER_KG:g}斤"


def column_edges(chart: Chart) -> list[int]:
    """Return the left edges of the columns and the right edge of the last one, in pixels."""
    weights = [
        max(len(head[0]) * 2, *(len(row[i][0]) for row in chart.rows)) + 2
        for i, head in enumerate(chart.heads)
    ]
    unit = (WIDTH - 2 * MARGIN) / sum(weights)
    edges = [float(MARGIN)]
    for weight in weights:
        edges.append(edges[-1] + weight * unit)
    return [round(edge) for edge in edges]


def draw(chart: Chart, fonts: Fonts) -> Image.Image:
    """Return the picture of a chart."""
    image = Image.new("RGB", (WIDTH, chart.height), WHITE)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, WIDTH, TITLE_HEIGHT), fill=GREEN)
    pen.text((WIDTH / 2, TITLE_HEIGHT / 2), chart.title, WHITE, fonts[46], anchor="mm")
    draw_table(pen, chart, fonts)
    foot = chart.height - FOOT_HEIGHT
    pen.text((WIDTH / 2, foot + 38), chart.tip, INK, fonts[30], anchor="mm")
    pen.text((WIDTH / 2, foot + 82), chart.footer, GREY, fonts[24], anchor="mm")
    return image


def draw_table(pen: ImageDraw.ImageDraw, chart: Chart, fonts: Fonts) -> None:
    """Draw heads, striped rows and lines."""
    edges, top = column_edges(chart), TITLE_HEIGHT
    pen.rectangle((0, top, WIDTH, top + HEAD_HEIGHT), fill=PALE)
    draw_row(pen, chart.heads, edges, (top, HEAD_HEIGHT), (fonts[31], fonts[24]))
    top += HEAD_HEIGHT
    for number, row in enumerate(chart.rows):
        if number % 2:
            pen.rectangle((0, top, WIDTH, top + ROW_HEIGHT), fill=PALE)
        draw_row(pen, row, edges, (top, ROW_HEIGHT), (fonts[33], fonts[24]))
        top += ROW_HEIGHT
    pen.line((0, top, WIDTH, top), fill=LINE, width=2)


def draw_row(
    pen: ImageDraw.ImageDraw,
    cells: Sequence[Cell],
    edges: Sequence[int],
    place: tuple[int, int],
    fonts: tuple[ImageFont.FreeTypeFont, ImageFont.FreeTypeFont],
) -> None:
    """Draw one line of cells; ``place`` is (top, height), ``fonts`` (main, small)."""
    middle = place[0] + place[1] / 2
    for number, (main, small) in enumerate(cells):
        x = (edges[number] + edges[number + 1]) / 2
        colour = GREEN if number == 0 else INK
        pen.text((x, middle - (17 if small else 0)), main, colour, fonts[0], anchor="mm")
        if small:
            pen.text((x, middle + 22), small, GREY, fonts[1], anchor="mm")


def save(image: Image.Image, target: Path) -> int:
    """Write ``image`` as a small palette PNG; return its size in bytes."""
    image.quantize(32, dither=Image.Dither.NONE).save(target, optimize=True)
    return target.stat().st_size


def main() -> int:
    """Draw all charts; return 1 when one came out too large."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--font", type=Path, default=FONT, help="a font with Chinese characters")
    font = parser.parse_args().font
    index = SIMPLIFIED if font.suffix == ".ttc" else 0
    fonts = {size: ImageFont.truetype(str(font), size, index) for size in (24, 30, 31, 33, 46)}
    texts = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))
    MEDIA.mkdir(exist_ok=True)
    too_large = False
    for table in sorted(SIZES.glob("*.csv")):
        target = MEDIA / f"size-{table.stem}.png"
        size = save(draw(read_chart(table, texts), fonts), target)
        too_large = too_large or size > MAX_BYTES
        sys.stdout.write(f"{target.relative_to(ROOT)}  {size / 1000:.1f} KB\n")
    return int(too_large)


if __name__ == "__main__":
    raise SystemExit(main())
