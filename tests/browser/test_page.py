"""The trial page in a real browser: by keyboard, on a phone, with hostile text, and to axe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shopbot.errors import ModelNotPrepared
from shopbot.kb.entry import Problem, Product, Source
from tests.simulators.knowledge import FakeKnowledge, Status

PHONE = {"width": 360, "height": 740}
SHOP = tuple(
    Product(sku=sku, name=name, category=kind, source=Source(file="products/a.csv", line=2))
    for sku, name, kind in [
        ("LS-JK-01", "云巅冲锋衣", "冲锋衣"),
        ("LS-JK-02", "轻风冲锋衣", "冲锋衣"),
        ("LS-TT-10", "露营帐篷", "帐篷"),
    ]
)
HOSTILE = '<img src=x onerror="document.title=\'pwned\'"><script>document.title="pwned"</script>'


def ask(page: Any, address: str, text: str = "多久发货") -> None:
    """Open the page and ask by keyboard alone."""
    page.goto(address)
    page.wait_for_selector("#message:focus")
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_selector(".part")


def test_a_question_is_asked_and_answered_by_keyboard(
    page: Any, address: str, fake_kb: FakeKnowledge
) -> None:
    """Type, Enter, read band, reply and source; 2 copies the second; / goes back to the box."""
    fake_kb.texts = ["亲，48小时内发出~", "亲，周一发出~"]
    ask(page, address)
    band = page.locator(".band").inner_text()
    source = page.locator(".from").first.inner_text()
    page.keyboard.press("2")
    page.wait_for_selector("button.copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    page.keyboard.press("/")
    page.wait_for_selector("#message:focus")

    assert ("有把握", "亲，周一发出~") == (band, copied)
    assert "replies/delivery/shipping-time.yaml:7" in source


def test_shift_enter_makes_a_line_and_asks_nothing(
    page: Any, address: str, fake_kb: FakeKnowledge
) -> None:
    """A message may have several lines."""
    page.goto(address)
    page.wait_for_selector("#message:focus")
    page.keyboard.type("一")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("二")
    value = page.locator("#message").input_value()

    assert ("一\n二", []) == (value, fake_kb.asked)


def test_why_shows_phrasing_words_and_scores(page: Any, address: str) -> None:
    """The reasons unfold, and stay unfolded when something else changes."""
    ask(page, address)
    page.locator(".why summary").first.click()
    page.keyboard.press("1")
    page.wait_for_selector("button.copied")
    shown = page.locator(".why dl").first.inner_text()

    assert all(part in shown for part in ("什么时候发货", "发货", "0.910", "7.500", "0123456789ab"))


@pytest.mark.parametrize("where", ["text", "entry", "topic", "file", "phrasing", "query"])
def test_hostile_text_is_shown_as_text(
    page: Any, address: str, fake_kb: FakeKnowledge, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Markup from knowledge or shopper never becomes markup of the page."""
    from tests.simulators import knowledge

    places: dict[str, dict[str, Any]] = {
        "text": {"text": HOSTILE},
        "entry": {"entry": HOSTILE},
        "topic": {"topic": HOSTILE},
        "file": {"source": {"file": HOSTILE, "line": 1}},
        "phrasing": {"matched": {"phrasing": HOSTILE, "words": [HOSTILE]}},
        "query": {},
    }
    plain = knowledge.suggestion
    monkeypatch.setattr(knowledge, "suggestion", lambda text: {**plain(text), **places[where]})
    ask(page, address, HOSTILE if where == "query" else "多久发货")
    page.locator(".why summary").first.click()

    assert "pwned" not in page.title()
    assert 0 == page.locator("main img, main script").count()
    assert HOSTILE in page.locator("main").inner_text()


def test_nothing_is_loaded_from_elsewhere(page: Any, address: str) -> None:
    """Every request of the page goes to its own server."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    ask(page, address)

    assert [] == [url for url in asked if not url.startswith(address)]


def test_several_questions_are_shown_in_parts(
    page: Any, address: str, fake_kb: FakeKnowledge
) -> None:
    """Each part has its own heading and band."""
    fake_kb.parts = ["多久发货", "能便宜吗"]
    ask(page, address)
    titles = page.locator(".part h2").all_inner_texts()

    assert ["第 1 个问题：多久发货", "第 2 个问题：能便宜吗"] == titles


def test_digits_go_on_over_the_parts_and_zero_takes_all_firsts(
    page: Any, address: str, fake_kb: FakeKnowledge
) -> None:
    """Key 3 is the second question's first reply; 0 joins each question's first."""
    fake_kb.parts, fake_kb.texts = ["多久发货", "能便宜吗"], ["甲", "乙", "丙"]
    ask(page, address)
    page.keyboard.press("4")
    page.locator("#s-1-1.copied").wait_for()
    fourth = page.evaluate("navigator.clipboard.readText()")
    page.keyboard.press("0")
    page.locator("#copy-all.copied").wait_for()

    assert ("乙", "甲\n甲") == (fourth, page.evaluate("navigator.clipboard.readText()"))


def test_more_suggestions_of_a_part_unfold(page: Any, address: str, fake_kb: FakeKnowledge) -> None:
    """Two are in view for each of several questions, the others one press away."""
    fake_kb.parts, fake_kb.texts = ["多久发货", "能便宜吗"], ["甲", "乙", "丙"]
    ask(page, address)
    hidden = page.locator(".more .reply").first.is_visible()
    page.locator(".more summary").first.click()

    assert (False, True) == (hidden, page.locator(".more .reply").first.is_visible())


def test_a_product_is_chosen_by_part_of_its_name(
    page: Any, address: str, fake_kb: FakeKnowledge
) -> None:
    """Type, arrow down, Enter: the SKU stands in the field, its name below, and goes with the question."""
    fake_kb.products = SHOP
    page.goto(address)
    page.fill("#message", "有货吗")
    page.locator("#product").focus()
    page.keyboard.type("冲锋")
    page.locator("#products li").nth(1).wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    marked = page.locator("#product").get_attribute("aria-activedescendant")
    page.keyboard.press("Enter")
    chosen = page.locator("#product-chosen").inner_text()
    page.press("#product", "Enter")
    page.wait_for_selector(".part")

    assert ("product-1", "轻风冲锋衣（冲锋衣）") == (marked, chosen)
    assert "LS-JK-02" == fake_kb.asked[0].product


def test_a_list_of_other_letters_is_never_taken(
    page: Any, address: str, fake_kb: FakeKnowledge
) -> None:
    """Whoever types on and presses Enter at once asks; nothing that was listed before is chosen."""
    fake_kb.products = SHOP
    page.goto(address)
    page.fill("#message", "有货吗")
    page.locator("#product").focus()
    page.locator("#products li").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.type("LS-TT-10")
    page.keyboard.press("Enter")
    page.wait_for_selector(".part")

    assert "LS-TT-10" == fake_kb.asked[0].product


def test_a_product_is_chosen_by_mouse_and_escape_leaves_the_list(
    page: Any, address: str, fake_kb: FakeKnowledge
) -> None:
    """The empty field shows what there is; Escape closes the list, a click takes a product."""
    fake_kb.products = SHOP
    page.goto(address)
    page.locator("#product").click()
    page.locator("#products li").nth(2).wait_for()
    page.keyboard.press("Escape")
    closed = page.locator("#products").is_hidden()
    page.keyboard.press("ArrowDown")
    page.locator("#products li", has_text="露营帐篷").click()

    assert closed
    assert "LS-TT-10" == page.locator("#product").input_value()


@pytest.mark.parametrize(
    ("typed", "told"), [("ls-jk-01", "云巅冲锋衣（冲锋衣）"), ("沙发", "没有这件商品，会当作没选")]
)
def test_a_product_that_is_only_typed_is_named(
    page: Any, address: str, fake_kb: FakeKnowledge, typed: str, told: str
) -> None:
    """Leaving the field tells which product was meant, or that there is none."""
    fake_kb.products = SHOP
    page.goto(address)
    page.locator("#product").fill(typed)
    page.locator("#message").focus()
    page.locator("#product-chosen", has_text=told).wait_for()

    assert page.locator("#products").is_hidden()


def test_a_talk_goes_on_with_what_was_said(page: Any, address: str, fake_kb: FakeKnowledge) -> None:
    """The next question carries the first one and the reply that was copied, until it is ended."""
    fake_kb.texts = ["亲，有的"]
    ask(page, address, "有松石绿吗")
    page.keyboard.press("1")
    page.wait_for_selector("button.copied")
    page.locator("#follow").click()
    page.keyboard.type("那L码呢")
    page.keyboard.press("Enter")
    page.locator(".past").nth(1).wait_for()
    page.locator("#stop").click()
    page.fill("#message", "多久发货")
    page.press("#message", "Enter")
    page.locator(".past").nth(2).wait_for()
    told = [[(turn.role, turn.text) for turn in query.turns] for query in fake_kb.asked]

    assert [[], [("shopper", "有松石绿吗"), ("agent", "亲，有的")], []] == told


def test_a_chip_asks_the_next_question(page: Any, address: str, fake_kb: FakeKnowledge) -> None:
    """As the shopper would by tapping it: in the same talk."""
    fake_kb.extras = {"chips": ["退货寄到哪里"]}
    ask(page, address, "怎么退")
    page.locator(".next .chip").click()
    page.locator(".past").nth(1).wait_for()
    last = fake_kb.asked[-1]

    assert ("退货寄到哪里", ["怎么退"]) == (last.text, [turn.text for turn in last.turns])


def test_pictures_are_shown(
    page: Any, address: str, fake_kb: FakeKnowledge, tmp_path: Path
) -> None:
    """A size chart is seen beside the reply."""
    from PIL import Image

    (tmp_path / "media").mkdir()
    Image.new("RGB", (40, 30)).save(tmp_path / "media" / "尺码 a.png")
    fake_kb.folder = tmp_path
    fake_kb.extras = {"attachments": ["media/尺码 a.png", "media/missing.png"]}
    page.goto(address)
    page.wait_for_selector("#message:focus")
    page.keyboard.type("尺码表")
    page.keyboard.press("Enter")
    page.locator(".picture img[src^='data:image/png']").wait_for()
    page.locator(".pictures .tag", has_text="missing.png").wait_for()

    assert 40 == page.evaluate("document.querySelector('.picture img').naturalWidth")


def test_a_very_long_message_keeps_the_page_short(
    page: Any, address: str, fake_kb: FakeKnowledge
) -> None:
    """20,000 characters stand above the replies in two lines."""
    page.goto(address)
    page.wait_for_selector("#message:focus")
    page.fill("#message", "这件衣服" * 5000)
    page.press("#message", "Enter")
    page.wait_for_selector(".part")

    assert page.locator(".part h2").bounding_box()["height"] < 80
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_no_suggestion_says_what_to_do(page: Any, address: str, fake_kb: FakeKnowledge) -> None:
    """An empty result is no blank page."""
    fake_kb.band, fake_kb.texts = "unknown", []
    ask(page, address)

    assert "没把握" == page.locator(".band").inner_text()
    assert "转人工" in page.locator(".part .empty").inner_text()


def test_an_error_is_told_and_can_be_retried(
    page: Any, address: str, fake_kb: FakeKnowledge
) -> None:
    """What to do is shown; after mending, one press asks again."""
    fake_kb.error = ModelNotPrepared("bundled", "cache")
    page.goto(address)
    page.wait_for_selector("#message:focus")
    page.keyboard.type("多久发货")
    page.keyboard.press("Enter")
    told = page.locator(".notice.bad").inner_text()
    fake_kb.error = None
    page.locator("#retry").click()
    page.wait_for_selector(".part")

    assert "shopbot model prepare" in told
    assert 0 == page.locator(".notice.bad").count()


def test_problems_of_the_knowledge_are_shown(
    page: Any, address: str, fake_kb: FakeKnowledge
) -> None:
    """Staff see file, line and what to do."""
    problem = Problem(
        code="duplicate-id",
        severity="error",
        source=Source(file="replies/a.yaml", line=3),
        message="编号重复",
        hint="请改一个",
    )
    fake_kb.told = Status(problems=(problem,))
    page.goto(address)
    page.locator("#problems summary").click()

    assert "replies/a.yaml:3 编号重复 请改一个" in page.locator("#problems").inner_text()


def test_earlier_questions_can_be_seen_again(
    page: Any, address: str, fake_kb: FakeKnowledge
) -> None:
    """The history of the session brings an answer back without asking again."""
    ask(page, address, "第一句")
    page.fill("#message", "第二句")
    page.press("#message", "Enter")
    page.locator(".past").nth(1).wait_for()
    page.locator(".past", has_text="第一句").click()

    assert ("第一句", 2) == (page.locator(".part h2").inner_text(), len(fake_kb.asked))


def test_an_agent_signs_out(page: Any, address: str) -> None:
    """The session ends, and the page is closed to whoever sits down next."""
    page.goto(address)
    page.click("#sign-out")
    page.wait_for_url("**/login")
    page.goto(address)
    page.wait_for_selector("#password")

    assert page.url.endswith("/login?next=/")


def test_the_page_fits_a_phone(page: Any, address: str) -> None:
    """Nothing is wider than the screen."""
    page.set_viewport_size(PHONE)
    ask(page, address)
    page.locator(".why summary").first.click()

    assert PHONE["width"] >= page.evaluate("document.documentElement.scrollWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("band", ["answer", "choose", "unknown"])
def test_axe_finds_nothing_to_mend(
    page: Any, address: str, fake_kb: FakeKnowledge, scheme: str, band: str
) -> None:
    """WCAG A and AA hold in both colour schemes, with problems, reasons and a copied reply shown."""
    problem = Problem(
        code="x",
        severity="error",
        source=Source(file="a.yaml", line=3),
        message="重复",
        hint="改",
    )
    fake_kb.told, fake_kb.band = Status(problems=(problem,)), band
    fake_kb.parts, fake_kb.texts = ["多久发货", "能便宜吗"], ["甲", "乙", "丙"]
    fake_kb.extras = {"chips": ["怎么退"], "needs": ["product"], "action": "order.urge",
                      "attachments": ["media/none.png"], "reasons": ["product:LS-JK-01"],
                      "probability": 0.05}  # fmt: skip
    fake_kb.products = SHOP
    page.emulate_media(color_scheme=scheme)
    ask(page, address)
    page.locator("#follow").click()
    page.locator("#product").focus()
    page.locator("#products li").first.wait_for()
    page.keyboard.press("ArrowDown")
    with_list = _violations(page)
    page.locator("#result").focus()
    page.locator("#problems summary").click()
    page.locator(".why summary").first.click()
    page.keyboard.press("1")
    page.wait_for_selector("button.copied")

    assert [] == with_list
    assert [] == _violations(page)


def _violations(page: Any) -> list[tuple[str, list[str]]]:
    from axe_playwright_python.sync_playwright import Axe

    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = Axe().run(page, options=rules).response["violations"]
    return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]
