"""The one table of names that reader, check, workbook and docs share."""

from __future__ import annotations

import pytest

from shopbot.kb import fields
from shopbot.kb.replies import _READERS
from shopbot.kb.slots import NEEDS


@pytest.mark.parametrize("group", fields.GROUPS)
def test_each_field_is_found_by_both_names_and_explained(group: str) -> None:
    """English, Chinese and other spellings lead to one field with a line for staff."""
    for field in fields.GROUPS[group]:
        for name in (field.name, field.zh, *field.also, f" {field.name.upper()} "):
            assert field is fields.find(group, name), name
        assert field.doc


@pytest.mark.parametrize("group", fields.GROUPS)
def test_no_name_stands_for_two_fields(group: str) -> None:
    """A name is never ambiguous within its mapping."""
    names = [n for f in fields.GROUPS[group] for n in {f.name, f.zh, *f.also}]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", fields.CLOSED)
def test_a_closed_list_takes_its_values_and_their_chinese_words(name: str) -> None:
    """Each value is named by itself and by Chinese words, none of them twice."""
    told = [
        (word, value) for value, words in fields.CLOSED[name].items() for word in (value, *words)
    ]

    assert [value for _, value in told] == [fields.closed_value(name, word) for word, _ in told]
    assert len(told) == len({word for word, _ in told})


def test_every_need_has_a_chinese_name() -> None:
    """Staff can write any need in Chinese."""
    assert set(NEEDS) == set(fields.NEEDS_ZH)


def test_every_field_of_an_entry_has_a_reader() -> None:
    """A field that is documented is also read."""
    assert {field.name for field in fields.ENTRY} == set(_READERS)


@pytest.mark.parametrize(
    ("word", "meant"),
    [("anwsers", "answers"), ("qustions", "questions"), ("优先", "优先级"), ("xyz", "")],
)
def test_a_misspelled_field_is_guessed(word: str, meant: str) -> None:
    """The hint names the field that was probably meant."""
    assert meant == fields.guess_field("entry", word)
