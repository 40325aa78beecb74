"""A setting is wrong; nothing was started."""

from __future__ import annotations

from shopbot.errors.base import EXIT_CONFIG, ShopbotError


class ConfigError(ShopbotError):
    """A setting is wrong; nothing was started."""

    code = "config.invalid"
    exit_code = EXIT_CONFIG

    @classmethod
    def of(cls, setting: str, problem: str, hint: str) -> ConfigError:
        """Name the setting, what is wrong with it and what to do."""
        return cls(f"{setting}: {problem}. {hint}", setting=setting)


class OpenWithoutKey(ConfigError):
    """Asked to listen beyond loopback while there is neither an account nor a key."""

    code = "config.open-without-key"

    def __init__(self, host: str) -> None:
        super().__init__(
            f"Refusing to listen on {host}: nobody could sign in there yet. Add an account first "
            "(shopbot users add NAME --role admin), or set SHOPBOT_AGENT_KEY to a long random text "
            "(python -c 'import secrets; print(secrets.token_urlsafe(32))'), or listen on 127.0.0.1.",
            host=host,
        )


class AddressInUse(ConfigError):
    """The address to listen on is taken or not ours."""

    code = "config.address-in-use"

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"Cannot listen on {host}:{port}: {reason}. "
            "Stop the program that uses it, or choose another port with --port.",
            host=host,
            port=port,
        )
