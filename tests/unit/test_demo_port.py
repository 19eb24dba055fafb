"""The demo's port: the wished one, or one that a second start finds again."""

import socket

from bot.cli.demo import free_port


def test_a_taken_port_gives_a_neighbour_and_the_same_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wished = taken.getsockname()[1]

        first, second = free_port(wished), free_port(wished)

    assert wished not in {first, second}
    assert first == second


def test_any_port_may_be_wished() -> None:
    assert free_port(0) == 0
