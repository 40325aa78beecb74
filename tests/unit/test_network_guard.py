"""The guard that keeps every test, and so the product, off the network."""

from __future__ import annotations

import socket

import pytest

OUTSIDE = "192.0.2.1"  # reserved for documentation: nobody answers there


def test_connecting_elsewhere_is_refused() -> None:
    """A test that wants to reach another machine fails."""
    with socket.socket() as one, pytest.raises(AssertionError, match="wanted to reach"):
        one.connect((OUTSIDE, 80))


def test_looking_up_a_name_is_refused() -> None:
    """Even asking for an address is too much."""
    with pytest.raises(AssertionError, match="wanted to look up"):
        socket.getaddrinfo("models.example", 443)


def test_this_machine_can_be_reached() -> None:
    """Servers of the tests themselves are fine."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as one:
        one.connect(server.getsockname())

        assert "127.0.0.1" == one.getpeername()[0]
