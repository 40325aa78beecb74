"""The command as a person runs it: help, errors in one sentence, exit codes, quick start."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import shopbot
from shopbot.cli import command_names, help_line

HEAVY = (
    "torch",
    "sentence_transformers",
    "transformers",
    "fastapi",
    "faiss",
    "onnxruntime",
    "jieba",
)


def run(
    *arguments: str, cwd: Path, environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `shopbot` in a folder of the test's own."""
    environment = {**os.environ, "PYTHONUTF8": "1", **(environ or {})}
    return subprocess.run(
        [sys.executable, "-m", "shopbot", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_the_version_is_told(tmp_path: Path) -> None:
    """One line, exit 0."""
    done = run("--version", cwd=tmp_path)

    assert (0, f"shopbot {shopbot.__version__}\n") == (done.returncode, done.stdout)


def test_help_lists_every_command(tmp_path: Path) -> None:
    """Each with its line."""
    done = run("--help", cwd=tmp_path)

    assert 0 == done.returncode
    assert all(name in done.stdout for name in command_names())


@pytest.mark.parametrize("name", command_names())
def test_every_command_has_a_help_line(name: str) -> None:
    """The first line of its module's docstring."""
    assert help_line(name).endswith(".")


def test_a_slip_in_a_command_is_a_usage_error(tmp_path: Path) -> None:
    """Exit 2, and the word is repeated."""
    done = run("sevre", cwd=tmp_path)

    assert 2 == done.returncode
    assert "sevre" in done.stderr


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    """No model, index or web library is imported for a page of help."""
    code = (
        "import sys; from shopbot.cli import run; run(['--help']); "
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )

    assert "[]" == done.stdout.splitlines()[-1]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "shop.example"])  # noqa: S104
def test_without_a_key_nothing_but_loopback_is_listened_on(tmp_path: Path, host: str) -> None:
    """Exit 3; the message says how to set a key."""
    done = run("serve", "--host", host, cwd=tmp_path)

    assert 3 == done.returncode
    assert "SHOPBOT_AGENT_KEY" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_ends_with_one_sentence(tmp_path: Path) -> None:
    """Exit 3, the setting and the page about it."""
    done = run("serve", cwd=tmp_path, environ={"SHOPBOT_PORT": "eight"})

    assert (3, 1) == (done.returncode, len(done.stderr.splitlines()))
    assert "SHOPBOT_PORT" in done.stderr


def test_a_missing_knowledge_folder_is_told_in_chinese(tmp_path: Path) -> None:
    """Exit 4, for staff."""
    done = run("serve", cwd=tmp_path, environ={"SHOPBOT_KNOWLEDGE": str(tmp_path)})

    assert 4 == done.returncode
    assert "知识库" in done.stderr
    assert "[knowledge.missing]" in done.stderr


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    """Exit 3 and another way."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("serve", "--port", str(taken.getsockname()[1]), cwd=tmp_path)

    assert 3 == done.returncode
    assert "--port" in done.stderr
