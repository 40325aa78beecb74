"""Names as staff read them in the workbook: topics, closed lists and windows of time, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo

from shopbot.kb import fields
from shopbot.kb.entry import Topic, Validity


def label_of_topic(topic: str, topics: Mapping[str, Topic]) -> str:
    """Return ``多久发货、今天能发吗 shipping-time`` for the drop-down."""
    known = topics.get(topic)
    return f"{known.zh} {topic}" if known else topic


def topic_of_label(label: str, topics: Mapping[str, Topic]) -> str:
    """Return the topic's id that ``label`` names: the label itself, the id, or the Chinese name."""
    told = label.strip()
    last = told.split()[-1] if told else ""
    if last.lower() in topics:
        return last.lower()
    return next((t.id for t in topics.values() if t.zh == told), told)


def chinese(name: str, value: str) -> str:
    """Return the first Chinese word for a value of the closed list ``name``."""
    words = fields.CLOSED[name].get(value)
    return words[0] if words else value


def window_text(valid: Validity, zone: tzinfo) -> str:
    """Return ``2026-11-01 至 2026-11-11`` so that reading it gives the same window."""
    start = _start(valid.since, zone) if valid.since else ""
    end = _end(valid.until, zone) if valid.until else ""
    if start and end:
        return f"{start} 至 {end}"
    if start:
        return f"{start} 起"
    return f"至 {end}" if end else ""


def _start(moment: datetime, zone: tzinfo) -> str:
    local = moment.astimezone(zone)
    return local.strftime("%Y-%m-%d %H:%M" if local.hour or local.minute else "%Y-%m-%d")


def _end(moment: datetime, zone: tzinfo) -> str:
    local = moment.astimezone(zone)
    if local.hour or local.minute:
        return local.strftime("%Y-%m-%d %H:%M")
    return (local - timedelta(days=1)).strftime("%Y-%m-%d")
