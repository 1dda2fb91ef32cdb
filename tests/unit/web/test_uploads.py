"""Files that the staff send: stored whole under a plain name, or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from rag_assistant import Assistant
from rag_assistant.collection import CollectionConfig, load_collection
from rag_assistant.config import Settings, UploadSettings
from rag_assistant.docstore import Docstore
from rag_assistant.errors import BusyError, NotFoundError, RagAssistantError, UsageError
from rag_assistant.indexer import OnEvent
from rag_assistant.report import Report
from rag_assistant.web.api import problems
from rag_assistant.web.api.problems import ConflictError, NoSpaceError
from rag_assistant.web.api.uploads import UploadRoutes
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.web.indexing import Background
from rag_assistant.web.uploads import Uploads, plain_name

STAFF = {"Authorization": "Bearer owner"}
HOSTILE = [
    *("", ".", "..", ".hidden", "../x.txt", "a/b.txt", "/etc/passwd", "..\\x.txt", "C:x.txt"),
    *("x\x00.txt", "x\n.txt", "x\u202etxt.exe", "x\u200b.txt", "x\ud800.txt", "x\u2028y"),
    *("con", "NUL.txt", "com1.pdf", "lpt9", "aux .txt", "x.", "x ", "a|b", "a?b", "a*b", 'a"b'),
    *("collection.toml", "Collection.TOML", "local-contexts.json", "é" * 101, "x" * 201),
]


@pytest.fixture
def docstore(tmp_path: Path) -> Iterator[Docstore]:
    docstore = Docstore(tmp_path / "data")
    yield docstore
    docstore.close()


@pytest.fixture
def uploads(docstore: Docstore, tmp_path: Path) -> Uploads:
    limits = UploadSettings(enabled=True, max_mb=1, max_files=3)
    return Uploads(docstore, tmp_path / "data", limits)


def send(uploads: Uploads, name: str = "a.txt", data: bytes = b"words", to: str = "box") -> Any:
    arriving = uploads.arriving(to, name)
    try:
        arriving.write(data)
        return arriving.keep()
    except BaseException:
        arriving.discard()
        raise


def left(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()} if folder.exists() else set()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_refused(name: str) -> None:
    with pytest.raises(UsageError):
        plain_name(name)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("minutes 1902.pdf", "minutes 1902.pdf"),
        ("Mu\u0308hle.txt", "M\u00fchle.txt"),
        ("\u0645\u06cc\u200c\u0634\u0648\u062f.txt", "\u0645\u06cc\u200c\u0634\u0648\u062f.txt"),
        ("archive.warc.gz", "archive.warc.gz"),
        ("console.txt", "console.txt"),
        ("x" * 200, "x" * 200),
    ],
)
def test_plain_names_are_kept_composed(name: str, kept: str) -> None:
    assert plain_name(name) == kept


def test_a_file_is_stored_in_a_collection_of_the_staff(uploads: Uploads) -> None:
    stored = send(uploads)
    assert (stored.size, stored.replaced) == (5, False)
    assert stored.sha256 == hashlib.sha256(b"words").hexdigest()
    folder = uploads.folder("box")
    assert left(folder) == {"collection.toml", "a.txt"}
    assert (folder / "a.txt").read_bytes() == b"words"
    assert (folder / "a.txt").stat().st_mode & 0o177 == 0  # nobody else reads it, nobody runs it
    config = load_collection(folder)
    assert (config.id, config.title, config.access) == ("box", "box", "staff")
    assert send(uploads, data=b"others").replaced
    assert uploads.listed() == {"box": [{"name": "a.txt", "bytes": 6}]}


def test_what_is_too_large_or_empty_leaves_nothing_behind(uploads: Uploads) -> None:
    for data in (b"x" * (uploads.most + 1), b""):
        with pytest.raises(UsageError):
            send(uploads, data=data)
    assert left(uploads.folder("box")) == {"collection.toml"}
    send(uploads, data=b"x" * uploads.most)


def test_links_and_folders_of_that_name_are_refused(uploads: Uploads, tmp_path: Path) -> None:
    send(uploads)
    folder, outside = uploads.folder("box"), tmp_path / "outside.txt"
    outside.write_text("before")
    (folder / "link.txt").symlink_to(outside)
    (folder / "dangling.txt").symlink_to(tmp_path / "nowhere")
    (folder / "folder.txt").mkdir()
    for name in ("link.txt", "dangling.txt", "folder.txt"):
        with pytest.raises(ConflictError):
            send(uploads, name)
        with pytest.raises(NotFoundError):
            uploads.delete("box", name)
    assert outside.read_text() == "before"
    assert not (tmp_path / "nowhere").exists()


def test_a_link_that_comes_while_the_file_does_is_not_followed(
    uploads: Uploads, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("before")
    arriving = uploads.arriving("box", "a.txt")
    arriving.write(b"words")
    (uploads.folder("box") / "a.txt").symlink_to(outside)
    with pytest.raises(ConflictError):
        arriving.keep()
    arriving.discard()
    assert outside.read_text() == "before"


def test_a_collection_folder_that_is_a_link_is_refused(uploads: Uploads, tmp_path: Path) -> None:
    send(uploads)
    (tmp_path / "elsewhere").mkdir()
    uploads.folder("trap").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConflictError):
        send(uploads, to="trap")
    assert left(tmp_path / "elsewhere") == set()
    assert "trap" not in uploads.listed()


@pytest.mark.parametrize("collection", ["", "..", "../x", "a/b", ".x", "Box", "x\x00", "x" * 64])
def test_hostile_collections_are_refused(uploads: Uploads, collection: str) -> None:
    with pytest.raises(UsageError):
        send(uploads, to=collection)


def test_a_collection_of_its_own_folder_takes_no_uploads(
    uploads: Uploads, docstore: Docstore, tmp_path: Path
) -> None:
    docstore.put_collection(CollectionConfig(id="town", root=tmp_path / "town"))
    with pytest.raises(ConflictError):
        send(uploads, to="town")
    assert not uploads.folder("town").exists()


def test_only_so_many_files_are_kept(uploads: Uploads) -> None:
    for number in range(3):
        send(uploads, f"{number}.txt")
    with pytest.raises(ConflictError, match="3 files"):
        send(uploads, "more.txt")
    assert send(uploads, "0.txt").replaced
    uploads.delete("box", "0.txt")
    send(uploads, "more.txt")


def test_a_full_disk_leaves_nothing_behind(uploads: Uploads, docstore: Docstore) -> None:
    """A device that is always full stands for the file on its way."""
    arriving = uploads.arriving("box", "a.txt")
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, arriving._file.fileno())
    os.close(full)
    with pytest.raises(NoSpaceError):
        arriving.write(b"x" * (1 << 20))
    arriving.discard()
    assert left(uploads.folder("box")) == {"collection.toml"}
    assert problems.status_of(NoSpaceError("")) == 507


def test_what_had_not_arrived_is_swept_away(uploads: Uploads) -> None:
    send(uploads)
    uploads.arriving("box", "b.txt")
    assert len(left(uploads.folder("box"))) == 3
    uploads.sweep()
    assert left(uploads.folder("box")) == {"collection.toml", "a.txt"}


# ---------------------------------------------------------------- over HTTP


def app_of(assistant: Assistant, **limits: Any) -> FastAPI:
    """Uploads alone, without the guard before them."""
    settings = assistant.settings.model_copy(update={"uploads": UploadSettings(**limits)})
    keeper = Doorkeeper(owner_token="owner", staff_link_token="link")
    app = FastAPI()
    problems.install(app, keeper)
    app.include_router(UploadRoutes(assistant, settings, keeper).router())
    return app


async def asked(app: FastAPI, method: str, path: str, **more: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.request(method, path, **more)


async def chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(size >> 16):
        yield b"x" * (1 << 16)


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    with Assistant(Settings(data=tmp_path / "data")) as assistant:
        assistant.serving = True
        yield assistant


def test_too_large_a_body_is_refused_whether_announced_or_not(
    assistant: Assistant, tmp_path: Path
) -> None:
    import anyio

    app, path = app_of(assistant, enabled=True, max_mb=1), "/api/uploads/box/a.txt"
    folder = tmp_path / "data/uploads/box"

    async def run() -> None:
        big = (1 << 20) + (1 << 16)
        announced = await asked(app, "PUT", path, content=b"x" * big, headers=STAFF)
        assert announced.status_code == 413
        assert not folder.exists()  # not a byte was taken
        streamed = await asked(app, "PUT", path, content=chunks(big), headers=STAFF)
        assert streamed.status_code == 413
        assert "1 MB" in streamed.json()["detail"]
        assert left(folder) == {"collection.toml"}

    anyio.run(run)


def test_uploads_are_the_staffs_and_off_by_default(assistant: Assistant, tmp_path: Path) -> None:
    import anyio

    off, on = app_of(assistant), app_of(assistant, enabled=True)
    requests = [("PUT", "/api/uploads/box/a.txt"), ("DELETE", "/api/uploads/box/a.txt")]
    requests.append(("GET", "/api/uploads"))

    async def run() -> None:
        for method, path in requests:
            for headers in ({}, STAFF):
                reply = await asked(off, method, path, headers=headers)
                assert (reply.status_code, reply.json()["detail"]) == (
                    404,
                    "There is nothing here.",
                )
            for headers in ({}, {"Authorization": "Bearer other"}):
                reply = await asked(on, method, path, headers=headers)
                assert reply.status_code == 403
        assert not (tmp_path / "data/uploads").exists()

    anyio.run(run)


@pytest.mark.parametrize(
    "path",
    [
        *("box/..%2fx.txt", "box/%2e%2e%2fx.txt", "box/x%00.txt", "box/%2fetc%2fpasswd"),
        *("box/a/b.txt", "box/%2e%2e", "box/", "..%2fbox/x.txt", "%2e%2e/x.txt", "box/..%5cx.txt"),
    ],
)
def test_hostile_addresses_are_refused(assistant: Assistant, tmp_path: Path, path: str) -> None:
    import anyio

    async def run() -> None:
        app = app_of(assistant, enabled=True)
        reply = await asked(app, "PUT", f"/api/uploads/{path}", content=b"words", headers=STAFF)
        assert reply.status_code == 400

    anyio.run(run)
    assert not (tmp_path / "data/uploads").exists()


# ---------------------------------------------------------------- in the background


def test_a_collection_is_indexed_once_for_all_that_came_meanwhile() -> None:
    begun, go_on = threading.Event(), threading.Event()
    seen: list[str] = []

    def index(collection: str, on_event: OnEvent) -> Report:
        seen.append(collection)
        begun.set()
        assert go_on.wait(10)
        return Report()

    background = Background(index)
    background.ask("a")
    assert begun.wait(10)
    for _ in range(5):
        assert background.ask("b").step == "waiting"
    assert background.state("a") is not None
    go_on.set()
    settled(background, "b", "indexed")
    background.close()
    assert seen == ["a", "b"]


def settled(background: Background, collection: str, step: str) -> None:
    for _ in range(500):
        state = background.state(collection)
        if state and state.step == step:
            return
        threading.Event().wait(0.02)
    raise AssertionError(background.state(collection))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (UsageError("There is no file.", "Send one."), "There is no file. Send one."),
        (OSError(errno.EIO, "broken"), "Something went wrong: see the server's log."),
    ],
)
def test_what_goes_wrong_is_told_and_does_not_end_it(error: Exception, told: str) -> None:
    errors: list[Exception] = [error]

    def index(collection: str, on_event: OnEvent) -> Report:
        if errors:
            raise errors.pop()
        return Report()

    background = Background(index)
    background.ask("a")
    settled(background, "a", "failed")
    state = background.state("a")
    assert state is not None
    assert state.problem == told
    background.ask("a")
    settled(background, "a", "indexed")
    background.close()


def test_another_index_is_waited_for_and_closing_ends_it() -> None:
    tried = threading.Event()

    def index(collection: str, on_event: OnEvent) -> Report:
        tried.set()
        raise BusyError("Another one is at it.")

    background = Background(index)
    background.ask("a")
    assert tried.wait(10)
    background.close()
    assert background.state("a") is not None


def test_closing_breaks_off_at_the_next_event() -> None:
    begun = threading.Event()

    def index(collection: str, on_event: OnEvent) -> Report:
        begun.set()
        for _ in range(1000):
            on_event({"event": "file"})
            threading.Event().wait(0.01)
        raise RagAssistantError("It was not broken off.")

    background = Background(index)
    background.ask("a")
    assert begun.wait(10)
    background.close()
    state = background.state("a")
    assert state is not None
    assert state.step == "waiting"
