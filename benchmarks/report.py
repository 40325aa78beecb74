"""Results as Markdown tables; README.md carries them between markers, always as the files say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from benchmarks import machine, month_told, targets

README = machine.ROOT / "benchmarks" / "README.md"
SHOWN = ("hit@1", "hit@3", "hit@5", "mrr", "precision", "coverage", "ood_kept")
OTHER = ("spearman", "nearest", "5-nearest")


def table(columns: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine_line(facts: Mapping[str, Any]) -> str:
    """Machine facts in one sentence."""
    shown = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    return (
        f"Measured {facts['when']} at revision `{facts['revision']}` on {facts['cores']} cores of "
        f"{facts['cpu']} ({', '.join(facts['flags']) or 'no vector flags known'}), "
        f"{facts['memory_gb']} GB, load {facts['load'][0]} at the end, Python {facts['python']}, {shown}."
    )


def retrieval_table(told: Mapping[str, Any]) -> str:
    """All figures with intervals, targets and verdicts."""
    verdicts = {(t.name, t.figure): (t, v) for t, _, v in targets.judged(told["sets"])}
    rows = []
    for name, figures in told["sets"].items():
        for figure in (*SHOWN, *OTHER):
            if figures.get(figure) is None:
                continue
            interval = figures.get("interval", {}).get(figure)
            target, verdict = verdicts.get((name, figure), (None, ""))
            rows.append([
                name, str(figures["n"]), figure, f"{figures[figure]:.4f}",
                f"{interval[0]:.3f}–{interval[1]:.3f}" if interval else "",
                _asked(target), verdict,
            ])  # fmt: skip
    return table(["set", "n", "figure", "value", "95 %", "asked", ""], rows)


def _asked(target: targets.Target | None) -> str:
    if target is None:
        return ""
    wanted = f" (wanted {target.wanted:.2f})" if target.wanted else ""
    return f"≥ {target.must:.2f}{wanted}"


def ablation_table(told: Mapping[str, Any]) -> str:
    """A row a variant, the figures of both sets as columns."""
    columns = {
        "own hit@1": ("own", "hit@1"),
        "own hit@3": ("own", "hit@3"),
        "precision": ("own", "precision"),
        "coverage": ("own", "coverage"),
        "ood_kept": ("own", "ood_kept"),
        "50-way hit@1": ("fifty", "hit@1"),
        "1,157 hit@1": ("faq", "hit@1"),
    }
    rows = [
        [name, *(_cell(variant.get(part, {}).get(figure)) for part, figure in columns.values())]
        for name, variant in told["variants"].items()
    ]
    return table(["variant", *columns], rows)


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def sections() -> dict[str, str]:
    """What stands between the markers of the README, from the results files."""
    found = {}
    if told := machine.saved("retrieval.json"):
        found["retrieval"] = f"{retrieval_table(told)}\n\n{machine_line(told['machine'])}"
    if told := machine.saved("ablation.json"):
        found["ablation"] = f"{ablation_table(told)}\n\n{machine_line(told['machine'])}"
    for name in ("service", "peers", "choices"):
        if told := machine.saved(f"{name}.json"):
            found[name] = f"{figure_table(told['figures'])}\n\n{machine_line(told['machine'])}"
    if told := machine.saved("load.json"):
        tables = f"{figure_table(told['steps'])}\n\n{figure_table(told['figures'])}"
        found["load"] = f"{tables}\n\n{machine_line(told['machine'])}"
    if told := machine.saved("month.json"):
        found["month"] = month_told.table(told)
    return found


def figure_table(figures: list[Mapping[str, Any]]) -> str:
    """Rows of equal keys as a table, in the order of the first row's keys."""
    columns = list(figures[0])
    return table(columns, [[_told(row.get(name)) for name in columns] for row in figures])


def _told(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.4g}" if isinstance(value, float) else str(value)


def filled(text: str) -> str:
    """README text with each marked section replaced by what the results files say."""
    for name, body in sections().items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        plain = body.replace("\\", "\\\\")
        text = pattern.sub(rf"\g<1>{plain}\n\g<2>", text)
    return text


def write_readme() -> None:
    """Bring the README's tables up to date."""
    if README.exists():
        README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
