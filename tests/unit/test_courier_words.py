"""Couriers' words and codes to our status; what tells nothing stays unknown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.orders.carriers import clean_number, find_carrier, guess_carriers
from shopbot.orders.courier_words import find_place, read_status
from shopbot.orders.states import ParcelStatus

LINES: list[tuple[str, ParcelStatus | None]] = [
    ("【杭州市】圆通速递余杭良渚分部 已揽收，揽收人：张三，电话：13800000000", "collected"),
    ("顺丰速运 已收取快件", "collected"),
    ("商家正在通知快递公司揽件", "created"),
    ("包裹正在等待揽收", "created"),
    ("【苏州市】 快件已经到达 【常熟天下淘宝四】", "in_transit"),
    ("【成都转运中心公司】 已打包", "in_transit"),
    ("【成都转运中心】 已发出 下一站 【武侯网点】", "in_transit"),
    ("快件到达【深圳派件网点】", "in_transit"),
    ("快件在【杭州萧山集散中心】完成分拣，准备发往 【成都双流集散中心】", "in_transit"),
    ("货物已完成航空运输", "in_transit"),
    ("【苏州市】 【常熟天下淘宝四】 的王翔 正在第1次派件, 请保持电话畅通,并耐心等待", "delivering"),
    (
        "【四川省成都市高新区中和一部公司 】 派件中 派件人: 王东平。如有疑问，请联系：185",
        "delivering",
    ),
    ("快件派送中，签收前请检查外包装，如有破损请拒收", "delivering"),
    ("派件员正在为您派件，请准备签收", "delivering"),
    ("您的快件已由【菜鸟驿站】代收，请及时取件，如有疑问请联系173", "at_station"),
    ("【苏州市】 快件已被【丰巢智能快递柜】代收，如有问题请电联，感谢使用中通快递", "at_station"),
    ("您的包裹已存放至【兔喜快递超市】，请凭取件码12-3-4取件", "at_station"),
    ("快件已送达【丰巢快递柜】，请及时取件，如您未在24小时内取走将收费", "at_station"),
    ("【苏州市】 您的快递已签收, 签收人在【丰巢智能快递柜】领取。如有疑问请电联", "signed"),
    ("客户签收人: 已签收，签收人凭取货码签收。 已签收 感谢使用圆通速递", "signed"),
    ("您的快件已签收，签收人：家门口。如有疑问请联系", "signed"),
    ("已签收，如未收到请联系快递员", "signed"),
    ("【驿站】您的包裹已被取走，感谢使用", "signed"),
    ("已妥投", "signed"),
    ("收件人拒收", "refused"),
    ("客户拒签，原因：不想要了", "refused"),
    ("快件因收件人拒收，准备退回", "returning"),
    ("【杭州市】快件已被拦截成功，准备退回", "returning"),
    ("退件已签收", "returned"),
    ("您的快件已退回发件人，签收人：仓库", "returned"),
    ("外包装破损，已联系发件方", "damaged"),
    ("派送失败，原因：收件人电话无人接听", "problem"),
    ("快件异常：地址不详，正在联系客户", "problem"),
    ("未妥投，明日再投", "problem"),
    ("风雪天气，【哈尔滨】快件滞留", "problem"),
    ("快件在运输途中丢失，正在核实", "lost"),
    ("快件待签收", None),
    ("暂未签收，明日再派", None),
    ("您的快件预计今天18:00前送达", None),
    ("感谢使用中通快递", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "status"), LINES, ids=[text[:16] or "blank" for text, _ in LINES])
def test_a_line_is_read(text: str, status: ParcelStatus | None) -> None:
    """The common couriers' sentences, advice and negations included."""
    found = read_status(text)

    assert status == (found.status if found else None)


@pytest.mark.parametrize(
    ("raw", "source", "status", "why"),
    [
        pytest.param("201", "kuaidi100", "problem", "超时未签收", id="kuaidi100"),
        pytest.param("201", "快递鸟", "in_transit", "到达派件城市", id="kdniao"),
        pytest.param("201", "", None, "a code without a source says nothing", id="no-source"),
        pytest.param("304", "KuaiDi100", "signed", "taken out of the locker", id="case"),
        pytest.param("999", "kuaidi100", None, "an unknown code", id="unknown"),
        pytest.param("派件中", "", "delivering", "a word needs no source", id="word"),
    ],
)
def test_a_code_counts_with_its_source(
    raw: str, source: str, status: ParcelStatus | None, why: str
) -> None:
    """The same number means different things to different services."""
    found = read_status("", raw, source)

    assert status == (found.status if found else None), why


def test_waiting_at_a_station_is_more_than_a_code() -> None:
    """A platform that calls a locker "signed" while the text says "please fetch" is not believed."""
    found = read_status("快件已由【菜鸟驿站】代收，请及时取件", "3", "kuaidi100")

    assert found is not None
    assert "at_station" == found.status


@given(st.text(max_size=80), st.text(max_size=6), st.sampled_from(["", "kuaidi100", "kdniao"]))
def test_any_text_is_read_or_not(text: str, raw: str, source: str) -> None:
    """Nothing a courier may write raises, and a status names how it was read."""
    found = read_status(text, raw, source)

    assert found is None or found.by.split(":")[0] in ("code", "word", "text")


def test_the_place_is_what_stands_in_brackets() -> None:
    """Without brackets no place is guessed."""
    assert ("成都转运中心", "") == (find_place("【成都转运中心】已发出"), find_place("到达成都"))


@pytest.mark.parametrize(
    ("number", "carrier", "confidence"),
    [
        pytest.param("SF1400234567890", "SF", "sure", id="sf"),
        pytest.param("YT8800123456789", "YTO", "sure", id="yto"),
        pytest.param("JT3001234567890", "JT", "sure", id="jt"),
        pytest.param("JDVB12345678901", "JD", "sure", id="jd"),
        pytest.param("EX123456789CN", "EMS", "sure", id="ems"),
        pytest.param("DPK201234567890", "DB", "sure", id="deppon"),
        pytest.param("78123456789012", "ZTO", "likely", id="zto"),
        pytest.param("773012345678901", "STO", "likely", id="sto"),
        pytest.param("312345678901234", "YD", "likely", id="yd"),
        pytest.param("431234567890123", "YD", "possible", id="yd-or-sto"),
    ],
)
def test_a_number_tells_its_courier(number: str, carrier: str, confidence: str) -> None:
    """Letters are sure, digits likely at best, shared forms only possible."""
    guesses = {guess.carrier: guess.confidence for guess in guess_carriers(number)}

    assert confidence == guesses[carrier]


@pytest.mark.parametrize("number", ["", "12", "HELLO", "2611150001", "１２"])
def test_no_courier_is_invented(number: str) -> None:
    """What has no courier's form gets none."""
    assert () == guess_carriers(number)


@given(st.text(alphabet="0123456789SFYTJDXCN", max_size=20))
def test_only_one_courier_is_ever_sure(number: str) -> None:
    """Several guesses are each only possible."""
    confidences = [guess.confidence for guess in guess_carriers(number)]

    assert len(confidences) < 2 or set(confidences) == {"possible"}


@pytest.mark.parametrize(
    ("told", "number", "carrier"),
    [
        pytest.param("圆通速递", "", "YTO", id="name"),
        pytest.param("邮政EMS标准快递", "", "EMS", id="long-name"),
        pytest.param("shunfeng", "", "SF", id="platform-code"),
        pytest.param("", "SF1400234567890", "SF", id="number"),
        pytest.param("", "431234567890123", None, id="unsure"),
        pytest.param("某某快运", "YT8800123456789", "YTO", id="unknown-name"),
    ],
)
def test_a_courier_is_found_by_name_then_number(
    told: str, number: str, carrier: str | None
) -> None:
    """The name wins; a number that is only possible decides nothing."""
    assert carrier == find_carrier(told, number)


def test_a_number_is_cleaned() -> None:
    """Exports write No:, quotes and full-width letters."""
    assert "SF1400234567890" == clean_number(" 'No:ｓｆ1400 2345 67890")
