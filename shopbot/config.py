"""Settings of an installation, from the environment and an optional TOML file.

What describes the *shop* (hours, rules, texts) stands in the knowledge folder, not here. Every setting
is documented in docs/settings.md; a test compares the two.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings.exceptions import SettingsError
from typing_extensions import override

from shopbot.errors import ConfigError, KnowledgeMissing

PREFIX = "SHOPBOT_"
BUNDLED_MODEL = "bundled"
_CONFIG_FILE = "shopbot.toml"
_COURIER_NAME = "kuaidi100"
_MIN_KEY = 16  # characters; shorter keys can be guessed over a network
_MIN_SIGNING_SECRET = 32  # bytes, RFC 7518 section 3.2: what signs offline can be guessed offline

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-fA-F:]+\](:\d{1,5})?")

LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["auto", "json", "console"]


class Settings(BaseSettings):
    """One installation; every field is also an environment variable with the prefix SHOPBOT_."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True
    )

    knowledge: Path | None = None
    data: Path = Path("data")
    cache: Path | None = None
    stores: Path | None = None
    model: str = Field(default=BUNDLED_MODEL, min_length=1)
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    agent_key: SecretStr | None = None
    site_key: SecretStr | None = None
    identity_secret: SecretStr | None = None
    source_url: str | None = Field(default=None, pattern=r"^https?://[^\s?#]+$")
    source_key: SecretStr | None = None
    source_name: str = Field(default="platform", pattern=r"^[a-z][a-z0-9-]{0,39}$")
    sync_every: int = Field(default=5, ge=0, le=1440)  # minutes; 0: only when told
    courier_url: str = Field(default="https://poll.kuaidi100.com", pattern=r"^https?://[^\s?#]+$")
    courier_customer: str = ""
    courier_key: SecretStr | None = None
    courier_salt: SecretStr | None = None
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    widget_origins: Annotated[tuple[str, ...], NoDecode] = ()
    rate: int = Field(default=3000, ge=0)  # requests a minute from one address; 0: no limit
    visitor_rate: int = Field(default=60, ge=0)  # new visitors an hour from one address
    threads: int = Field(default=2, ge=1, le=64)
    max_body: int = Field(default=65536, ge=1024, le=16 * 1024 * 1024)
    max_upload: int = Field(default=10 * 1024 * 1024, ge=1024, le=100 * 1024 * 1024)
    backup_at: str = Field(default="03:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^off$")
    backup_dir: Path | None = None
    backup_keep: int = Field(default=14, ge=1, le=3650)  # days
    watch: bool = True
    log_level: LogLevel = "info"
    log_format: LogFormat = "auto"

    @field_validator("allowed_hosts", "trusted_proxies", "widget_origins", mode="before")
    @classmethod
    def _split_list(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(one.strip() for one in value.split(",") if one.strip())
        return value

    @field_validator("agent_key", "site_key", "source_key", "courier_salt")
    @classmethod
    def _long_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _MIN_KEY:
            raise ValueError(f"a key needs at least {_MIN_KEY} characters")
        return value

    @field_validator("identity_secret")
    @classmethod
    def _long_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value().encode()) < _MIN_SIGNING_SECRET:
            raise ValueError(f"a signing secret needs at least {_MIN_SIGNING_SECRET} bytes")
        return value

    @field_validator("source_url", "courier_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "http://none")
        if not (parts.hostname or "").encode("idna"):  # its UnicodeError names what is wrong
            raise ValueError("the address names no machine; write https://shop.example/api")
        _ = parts.port  # its ValueError names what is wrong
        return value

    @field_validator("source_name")
    @classmethod
    def _own_name(cls, value: str) -> str:
        if value == _COURIER_NAME:
            raise ValueError("this is the name of the courier service; take another")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            ipaddress.ip_network(one, strict=False)  # its ValueError names what is wrong
        return value

    @field_validator("widget_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            if not _ORIGIN.fullmatch(one):
                raise ValueError(f"{one!r} is no origin; write https://shop.example")
        return value

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order: arguments, environment, TOML file, defaults."""
        toml = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return init_settings, env_settings, toml

    def cache_dir(self) -> Path:
        """Return the folder for what can be made again: the prepared model, jieba's dictionary."""
        if self.cache is not None:
            return self.cache
        import platformdirs

        return Path(platformdirs.user_cache_dir("shopbot", appauthor=False))

    def knowledge_dir(self) -> Path:
        """Return the store's folder: the one named, else ./knowledge, else the packaged store."""
        if self.knowledge is not None:
            return _store_folder(self.knowledge)
        here = Path("knowledge")
        return here if (here / "store.yaml").is_file() else _store_folder(packaged_knowledge())

    def uses_packaged_store(self) -> bool:
        """Tell whether the read-only demo store of the package is served."""
        return self.knowledge is None and self.knowledge_dir() == packaged_knowledge()

    def data_dir(self) -> Path:
        """Return the folder for what must be kept, made with mode 0700 when absent."""
        from shopbot.errors import StorageReadOnly

        try:
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StorageReadOnly(self.data, error.strerror or "") from error
        return self.data


def packaged_knowledge() -> Path:
    """Return the demo store that came with the package (or with the source tree)."""
    package = Path(__file__).parent
    packed = package / "_knowledge"
    return packed if packed.is_dir() else package.parent / "knowledge"


def config_file() -> Path | None:
    """Return the TOML file to read: SHOPBOT_CONFIG (which must exist) or ./shopbot.toml if there."""
    named = os.environ.get(f"{PREFIX}CONFIG")
    if not named:
        return Path(_CONFIG_FILE)
    if not Path(named).is_file():
        raise ConfigError.of(f"{PREFIX}CONFIG", f"there is no file {named}", "Mend the path.")
    return Path(named)


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; ``overrides`` (command-line options) win, None means "not given".

    Raises ConfigError naming the setting and what to do; never shows a secret's value.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        raise ConfigError.of(
            f"{PREFIX}{name.upper()}", first["msg"], "See docs/settings.md."
        ) from None
    except (SettingsError, ValueError) as error:
        raise ConfigError.of(_CONFIG_FILE, str(error), "See docs/settings.md.") from error


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Return the SHOPBOT_ variables that no setting reads: most likely a slip of the pen."""
    known: Iterable[str] = (*Settings.model_fields, "config")
    names = {f"{PREFIX}{name}".upper() for name in known}
    return sorted(n for n in environ if n.upper().startswith(PREFIX) and n.upper() not in names)


def _store_folder(folder: Path) -> Path:
    if not (folder / "store.yaml").is_file():
        raise KnowledgeMissing(folder)
    return folder
