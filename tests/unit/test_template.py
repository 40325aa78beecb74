"""Variables in answers: a closed list, nothing evaluated, nothing expanded twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.kb.template import BadTemplate, MissingVariable, fill, variables


def test_variables_are_replaced_by_their_values() -> None:
    """Each name is replaced wherever it stands."""
    assert "青山茶铺的茶，青山茶铺的水" == fill("{店名}的茶，{店名}的水", {"店名": "青山茶铺"})


def test_variables_are_listed_with_their_columns() -> None:
    """The check can point at a variable."""
    assert [("店名", 2), ("价格_1", 7)] == variables("在{店名}卖{价格_1}元")
    assert [("7天规则", 1)] == variables("{7天规则}")


@pytest.mark.parametrize("values", [{}, {"店名": ""}], ids=["absent", "blank"])
def test_a_variable_without_value_is_an_error_that_names_it(values: dict[str, str]) -> None:
    """A gap never reaches a shopper."""
    with pytest.raises(MissingVariable) as caught:
        fill("在{店名}", values)

    assert "店名" == caught.value.name


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("{7*7}", "{7*7}"),
        ("{{7*7}}", "{"),
        ("{{店名}}", "{"),
        ("{店名.__class__}", "{店名.__class__}"),
        ("{店名!r}", "{店名!r}"),
        ("{店名:>9}", "{店名:>9}"),
        ("{0}", "{0}"),
        ("{}", "{}"),
        ("{ }", "{ }"),
        ("半个{店名", "{"),
        ("半个}", "}"),
        ("{" + "长" * 33 + "}", "{" + "长" * 33 + "}"),
    ],
)
def test_expressions_formats_and_stray_braces_are_refused(text: str, fragment: str) -> None:
    """Only names stand in braces."""
    with pytest.raises(BadTemplate) as caught:
        fill(text, {"店名": "茶铺", "7*7": "49"})

    assert fragment == caught.value.fragment


@given(value=st.text(min_size=1), other=st.text(min_size=1))
def test_values_are_put_in_as_they_are(value: str, other: str) -> None:
    """Braces inside a value are text: nothing is expanded twice."""
    assert f"甲{value}乙{other}" == fill("甲{一}乙{二}", {"一": value, "二": other})


@given(text=st.text(st.sampled_from("{}店名a0 *.!:"), max_size=30))
def test_any_text_is_filled_or_refused(text: str) -> None:
    """No text makes filling fail in another way, and no brace is left over."""
    try:
        told = fill(text, {"店": "x", "名": "y", "店名": "z", "a": "w"})
    except (BadTemplate, MissingVariable):
        return

    assert not set("{}") & set(told)
