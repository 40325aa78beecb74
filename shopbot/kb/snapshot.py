"""Knowledge as plain JSON and back, so that a second start parses no file.

The schema is the dataclasses' own fields; ``FORMAT`` changes when one does, and a snapshot of
another format is refused (the caller reads the files again).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

from shopbot.kb import entry as model
from shopbot.kb.entry import Knowledge

FORMAT = 1

T = TypeVar("T")


class SnapshotUnusable(ValueError):
    """A snapshot is of another format or is damaged: the files must be read again."""


def dump(knowledge: Knowledge) -> dict[str, Any]:
    """Return ``knowledge`` as JSON-ready values; defaults, and what only checks look at, left out."""
    plain = _plain(replace(knowledge, broken=()))
    return {"format": FORMAT, "knowledge": plain}


def restore(plain: Mapping[str, Any]) -> Knowledge:
    """Return what :func:`dump` was given; raises SnapshotUnusable for anything else."""
    if plain.get("format") != FORMAT:
        raise SnapshotUnusable("This snapshot was written by another version.")
    try:
        return _knowledge(plain["knowledge"])
    except (KeyError, TypeError, ValueError, AttributeError) as failure:
        raise SnapshotUnusable(f"This snapshot is damaged: {failure}") from failure


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(told) for key, told in value.items()}
    if is_dataclass(value):
        return {
            name: _plain(told)
            for name, default in _defaults(type(value))
            if (told := getattr(value, name)) != default
        }
    return [_plain(told) for told in value]


_DEFAULTS: dict[type, tuple[tuple[str, Any], ...]] = {}


def _defaults(kind: type) -> tuple[tuple[str, Any], ...]:
    found = _DEFAULTS.get(kind)
    if found is None:
        found = tuple((told.name, told.default) for told in fields(kind))
        _DEFAULTS[kind] = found
    return found


def _time(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


def _many(make: Callable[[Any], T], told: Sequence[Any]) -> tuple[T, ...]:
    return tuple(make(item) for item in told)


def _source(told: Mapping[str, Any]) -> model.Source:
    return model.Source(**told)


def _with_source(kind: Callable[..., T]) -> Callable[[Mapping[str, Any]], T]:
    def make(told: Mapping[str, Any]) -> T:
        return kind(**{**told, "source": _source(told["source"])})

    return make


def _entry(told: Mapping[str, Any]) -> model.Entry:
    made = dict(told)
    made["source"] = _source(told["source"])
    made["phrasings"] = tuple(model.Phrasing(**item) for item in told.get("phrasings", ()))
    made["variants"] = tuple(model.Variant(**item) for item in told.get("variants", ()))
    for name in ("needs", "attachments", "chips"):
        made[name] = tuple(told.get(name, ()))
    scope = {name: tuple(items) for name, items in told.get("scope", {}).items()}
    made["scope"] = model.Scope(**scope)
    valid = {name: _time(moment) for name, moment in told.get("valid", {}).items()}
    made["valid"] = model.Validity(**valid)
    if "promise" in told:
        made["promise"] = model.Promise(**told["promise"])
    made["places"] = {name: (place[0], place[1]) for name, place in told.get("places", {}).items()}
    return model.Entry(**made)


def _product(told: Mapping[str, Any]) -> model.Product:
    made = dict(told)
    made["source"] = _source(told["source"])
    made["price_as_of"] = _time(told.get("price_as_of"))
    made["colours"] = tuple(model.Colour(**item) for item in told.get("colours", ()))
    for name in ("aliases", "sizes", "links"):
        made[name] = tuple(told.get(name, ()))
    return model.Product(**made)


def _stock(told: Mapping[str, Any]) -> model.StockRow:
    made = dict(told)
    made["source"] = _source(told["source"])
    made["as_of"] = datetime.fromisoformat(told["as_of"])
    made["restock"] = date.fromisoformat(told["restock"]) if told.get("restock") else None
    return model.StockRow(**made)


def _size(told: Mapping[str, Any]) -> model.SizeRow:
    ranges = {name: (ends[0], ends[1]) for name, ends in told["ranges"].items()}
    return model.SizeRow(**{**told, "source": _source(told["source"]), "ranges": ranges})


def _banned(told: Mapping[str, Any]) -> model.BannedWord:
    made = {**told, "source": _source(told["source"]), "allowed": tuple(told["allowed"])}
    return model.BannedWord(**made)


def _store(told: Mapping[str, Any]) -> model.StoreFacts:
    made = dict(told)
    made["source"] = _source(told["source"])
    made["couriers"] = tuple(told.get("couriers", ()))
    made["hours"] = tuple(
        model.OpeningHours(**{**item, "days": tuple(item["days"])})
        for item in told.get("hours", ())
    )
    return model.StoreFacts(**made)


def _words(told: Mapping[str, Any]) -> model.Words:
    return model.Words(
        lexicon=tuple((word, count) for word, count in told.get("lexicon", ())),
        synonyms=tuple(tuple(group) for group in told.get("synonyms", ())),
        banned=_many(_banned, told.get("banned", ())),
    )


def _knowledge(told: Mapping[str, Any]) -> Knowledge:
    return Knowledge(
        store=_store(told["store"]),
        entries=_many(_entry, told["entries"]),
        products=_many(_product, told["products"]),
        stock=_many(_stock, told["stock"]),
        sizes={name: _many(_size, rows) for name, rows in told["sizes"].items()},
        comparisons=_many(_with_source(model.Comparison), told["comparisons"]),
        words=_words(told["words"]),
        topics={name: model.Topic(**topic) for name, topic in told["topics"].items()},
        problems=_many(_with_source(model.Problem), told["problems"]),
        files=dict(told["files"]),
        stale_files=tuple(told.get("stale_files", ())),
    )
