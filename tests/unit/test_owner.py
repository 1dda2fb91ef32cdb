"""Who owns a data folder, and how the owner is asked."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag_assistant.client import RemoteAssistant
from rag_assistant.errors import BusyError, DocstoreError, RagAssistantError
from rag_assistant.owner import OwnerCard, OwnerLock


def test_another_users_card_means_busy(plain_user: Path) -> None:
    card = plain_user / "owner.json"
    card.touch(0o000)
    with pytest.raises(BusyError) as refusal:
        OwnerLock(plain_user).read_card()
    assert str(card) in refusal.value.hint


def test_a_lock_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "owner.lock").mkdir()
    with pytest.raises(DocstoreError, match="cannot be used"):
        OwnerLock(tmp_path).take("command")


def test_a_card_or_request_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "owner.new").mkdir()
    lock = OwnerLock(tmp_path)
    with pytest.raises(DocstoreError, match="cannot be used"):
        lock.take("command")
    assert not lock.held
    (tmp_path / "file").touch()
    with pytest.raises(DocstoreError, match="cannot be used"):
        OwnerLock(tmp_path / "file").want()


def test_threads_that_take_at_once_release_at_once(tmp_path: Path) -> None:
    lock, other = OwnerLock(tmp_path), OwnerLock(tmp_path)
    together = threading.Barrier(8)

    def take() -> bool:
        together.wait()
        return lock.take("serve")

    with ThreadPoolExecutor(8) as threads:
        for _ in range(50):
            assert all(one.result() for one in [threads.submit(take) for _ in range(8)])
            assert not other.take("command")
            lock.release()
            assert not lock.held
            assert other.take("command")
            other.release()


@pytest.mark.parametrize(
    "reply",
    [
        b"no HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{",
        b'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n{"a": ',
        b"HTTP/1.1 500 Oh\r\nContent-Length: 90\r\n\r\n{",
    ],
)
def test_a_reply_that_is_cut_is_told(reply: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        card = OwnerCard(pid=1, purpose="serve", address=address, token="t")
        with pytest.raises(RagAssistantError):
            RemoteAssistant(card).status()
        thread.join()
