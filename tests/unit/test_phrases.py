"""The phrases of order dialogues: one closed list, complete in every store, said with sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from shopbot.kb import template
from shopbot.kb.check import check
from shopbot.kb.entry import Knowledge
from shopbot.kb.initial import lay_down
from shopbot.kb.lint import lint
from shopbot.kb.loader import load
from shopbot.kb.phrase_list import phrases
from shopbot.kb.phrases import PhraseBook
from shopbot.orders.phrases import PHRASES
from tests.kb_store import DEMO_STORE, NOW, codes, tea_store, written

UNSURE = {"快递", "最新位置", "最新动态", "预计到达", "签收时间", "截止时间"}
"""Variables that may have no value: a courier that tells no place, a limit that has not begun."""


def test_the_list_of_the_knowledge_is_that_of_the_orders() -> None:
    """Two packages that must not know each other speak of the same phrases and variables."""
    assert dict(PHRASES) == dict(phrases())


@pytest.fixture(scope="module", params=["demo", "new"])
def knowledge(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Knowledge:
    """The demo shop, and a store that was just laid down."""
    if request.param == "demo":
        return load(DEMO_STORE)
    return load(lay_down(tmp_path_factory.mktemp("new") / "shop").folder)


def test_every_phrase_is_written_and_said(knowledge: Knowledge) -> None:
    """With all variables, and with those alone that always have a value."""
    book = PhraseBook(lambda: knowledge)
    for name, variables in PHRASES.items():
        values = {variable: f"<{variable}>" for variable in variables}
        sure = {v: told for v, told in values.items() if v not in UNSURE}
        for given in (values, sure):
            spoken = book.say(name, given, now=NOW)

            assert spoken is not None, (name, given)
            assert "{" not in spoken.text
            assert (name, 12) == (spoken.entry, len(spoken.version))
            assert spoken.source.line > 0


def test_every_wording_keeps_to_its_variables(knowledge: Knowledge) -> None:
    """A text names nothing that its phrase does not carry; parcels tell as of when."""
    for entry in knowledge.entries:
        if entry.id not in PHRASES:
            continue
        for variant in entry.variants:
            used = {name for name, _ in template.variables(variant.text)}

            assert used <= set(PHRASES[entry.id]), entry.id
            if entry.id.startswith("order.track.o"):
                assert "截至" in used


def test_phrases_are_not_searched(knowledge: Knowledge) -> None:
    """They answer no question by themselves."""
    assert not [e.id for e in knowledge.entries if e.id in PHRASES and e.phrasings]


def test_both_stores_are_sound(knowledge: Knowledge) -> None:
    """The lint finds nothing wrong with them."""
    found = lint(knowledge, at=NOW)

    assert [] == [p for p in found if p.severity == "error" and "replies/orders" in str(p.source)]


def test_wordings_take_turns_and_yield_to_what_is_known() -> None:
    """Equal ones rotate; without a place the wording that needs none is said."""
    demo = load(DEMO_STORE)
    book = PhraseBook(lambda: demo)
    asked = {pick: book.say("order.ask.order", {}, now=NOW, pick=pick) for pick in (0, 1, 2)}

    assert asked[0]
    assert asked[1]
    assert asked[0] == asked[2]
    assert asked[0].text != asked[1].text


PLAIN = (
    "- id: a.b\n  topic: usage\n  questions: [怎么泡茶, 泡多久, 几度水]\n  answers: [热水泡。]\n"
)


@pytest.mark.parametrize(
    ("text", "rules", "expected"),
    [
        (PLAIN, False, False),
        (PLAIN, True, True),
        (PLAIN + "- id: order.hand-over\n  answers: [转给同事。]\n", False, True),
    ],
    ids=["no-orders", "rules", "begun"],
)
def test_a_store_with_orders_must_have_all(
    tmp_path: Path, text: str, rules: bool, expected: bool
) -> None:
    """One problem names how many are missing; a store without orders is not troubled."""
    folder = written(tmp_path, {"replies/a.yaml": text})
    if rules:
        (folder / "rules").mkdir()
    found = [p for p in check(folder, at=NOW).problems if p.code == "missing-phrase"]

    assert expected == bool(found)
    assert all(p.severity == "error" and "--force" in p.hint for p in found)


def test_a_phrase_needs_no_topic_and_takes_no_other_variable(tmp_path: Path) -> None:
    """Loaded as it is; a variable of another phrase is an error at its line."""
    text = (
        "- id: order.protect.yes\n  answers:\n    - 可以退{差价}。\n    - 可以退{退款金额}。\n"
        "- id: order.hand-over\n  questions: [转给谁]\n  answers: [转给同事。]\n"
    )
    folder = written(tmp_path, {"replies/a.yaml": text})
    found = check(folder, at=NOW).problems
    told = {(p.code, p.source.line) for p in found if p.source.file == "replies/a.yaml"}

    assert ("system-with-questions", 6) in told
    assert 4 in {line for code, line in told if code.startswith("missing-variable")}
    assert "missing-topic" not in codes(load(folder))


def test_what_nobody_wrote_is_not_said(tmp_path: Path) -> None:
    """The tea shop has no orders."""
    knowledge = load(tea_store(tmp_path))

    assert PhraseBook(lambda: knowledge).say("order.hand-over", {}, now=NOW) is None
