"""Settings: where they come from, what is refused, and how that is told."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from shopbot import config
from shopbot.errors import ConfigError, KnowledgeMissing, StorageReadOnly


def test_defaults_serve_this_machine_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any setting the server listens on loopback."""
    monkeypatch.chdir(tmp_path)

    assert ("127.0.0.1", 8000, None) == (
        (made := config.load_settings()).host,
        made.port,
        made.agent_key,
    )


def test_arguments_win_over_environment_over_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nearer the source, the stronger."""
    monkeypatch.chdir(tmp_path)
    Path("shopbot.toml").write_text('port = 1\nhost = "127.0.0.2"\nthreads = 3\n', encoding="utf-8")
    monkeypatch.setenv("SHOPBOT_PORT", "2")
    monkeypatch.setenv("SHOPBOT_HOST", "127.0.0.3")
    made = config.load_settings(port=4)

    assert (4, "127.0.0.3", 3) == (made.port, made.host, made.threads)


def test_a_list_is_given_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several host names fit in one variable."""
    monkeypatch.setenv("SHOPBOT_ALLOWED_HOSTS", "a.example, b.example")

    assert ("a.example", "b.example") == config.load_settings().allowed_hosts


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"port": "eight"}, "SHOPBOT_PORT"),
        ({"port": 70000}, "SHOPBOT_PORT"),
        ({"log_level": "loud"}, "SHOPBOT_LOG_LEVEL"),
        ({"threads": 0}, "SHOPBOT_THREADS"),
        ({"nonsense": 1}, "SHOPBOT_NONSENSE"),
        ({"agent_key": "short"}, "SHOPBOT_AGENT_KEY"),
        ({"identity_secret": "thirty-one-bytes-are-too-few-ok"}, "SHOPBOT_IDENTITY_SECRET"),
        ({"trusted_proxies": "10.0.0.1, proxy"}, "SHOPBOT_TRUSTED_PROXIES"),
        ({"widget_origins": "https://shop.example/page"}, "SHOPBOT_WIDGET_ORIGINS"),
        ({"widget_origins": "*"}, "SHOPBOT_WIDGET_ORIGINS"),
        ({"backup_at": "24:00"}, "SHOPBOT_BACKUP_AT"),
        ({"source_url": "http://[::1"}, "SHOPBOT_SOURCE_URL"),
        ({"source_url": "http://shop.example:port"}, "SHOPBOT_SOURCE_URL"),
        ({"source_url": "http://shop..example"}, "SHOPBOT_SOURCE_URL"),
        ({"courier_url": "http://:8000"}, "SHOPBOT_COURIER_URL"),
        ({"backup_keep": 0}, "SHOPBOT_BACKUP_KEEP"),
    ],
    ids=lambda value: str(value),
)
def test_a_wrong_setting_is_named(given: dict[str, object], named: str) -> None:
    """The message names the variable and the page about it."""
    with pytest.raises(ConfigError, match=named) as caught:
        config.load_settings(**given)

    assert "docs/settings.md" in caught.value.message


def test_a_secret_is_never_shown() -> None:
    """Neither the error about a key nor the settings themselves show it."""
    secrets = [name for name, field in config.Settings.model_fields.items()
               if field.annotation == SecretStr | None]  # fmt: skip
    for name in secrets:
        shown = config.load_settings(**{name: "correct horse battery staple and more"})

        assert "horse" not in f"{shown!r} {shown} {shown.model_dump()} {shown.model_dump_json()}"

    for name in ("agent_key", "site_key", "identity_secret"):  # others are given by others
        with pytest.raises(ConfigError) as caught:
            config.load_settings(**{name: "hunter2"})

        assert name in secrets
        assert "hunter2" not in str(caught.value)


def test_a_slip_in_the_file_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown key in shopbot.toml is named."""
    monkeypatch.chdir(tmp_path)
    Path("shopbot.toml").write_text("prot = 8001\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="PROT"):
        config.load_settings()


def test_broken_toml_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is no TOML names itself."""
    monkeypatch.chdir(tmp_path)
    Path("shopbot.toml").write_text("port = = 1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"shopbot\.toml"):
        config.load_settings()


def test_a_named_file_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """SHOPBOT_CONFIG with a wrong path is no silent default."""
    monkeypatch.setenv("SHOPBOT_CONFIG", "nowhere.toml")
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        config.load_settings()


def test_a_misspelt_variable_is_noticed() -> None:
    """A variable that no setting reads is most likely a slip."""
    environ = {"SHOPBOT_AGENTKEY": "x", "SHOPBOT_PORT": "1", "SHOPBOT_CONFIG": "f", "PATH": "/"}

    assert ["SHOPBOT_AGENTKEY"] == config.unknown_variables(environ)


def test_the_knowledge_here_wins_over_the_packaged_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder ./knowledge is the store; without it the packaged one serves."""
    monkeypatch.chdir(tmp_path)
    before = config.load_settings().uses_packaged_store()
    Path("knowledge").mkdir()
    Path("knowledge", "store.yaml").write_text("id: mine\n", encoding="utf-8")

    assert (True, Path("knowledge")) == (before, config.load_settings().knowledge_dir())


def test_a_folder_without_store_yaml_is_no_knowledge(tmp_path: Path) -> None:
    """A named folder is never replaced silently by another."""
    with pytest.raises(KnowledgeMissing, match=r"store\.yaml"):
        config.load_settings(knowledge=tmp_path).knowledge_dir()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_the_data_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    """What shoppers wrote is not for other users of the machine."""
    made = config.load_settings(data=tmp_path / "a" / "data").data_dir()

    assert 0o700 == stat.S_IMODE(made.stat().st_mode)


def test_a_data_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file in the way gives a clear error."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageReadOnly, match="SHOPBOT_DATA"):
        config.load_settings(data=tmp_path / "file" / "data").data_dir()
