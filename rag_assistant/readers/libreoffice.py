"""Older office documents (RTF, DOC): LibreOffice turns them into DOCX, where it is installed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from rag_assistant.errors import FailedError, SkippedError
from rag_assistant.ports import Blob
from rag_assistant.readers import word
from rag_assistant.schema import Document

_SECONDS = 20.0  # where nobody else limits it; a first start takes some of them
_RTF = b"{\\rtf"
# Names in the directory of a compound file, which is UTF-16.
_WORD, _ENCRYPTED = ("WordDocument".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le"))
_DETAIL_LENGTH = 200


def read(blob: Blob) -> Document:
    """Read an RTF or a DOC.

    Raises:
        SkippedError: It is another compound file: a table, slides, a mail.
        FailedError: It is encrypted, LibreOffice is not there, or it does not convert it in time.
    """
    if blob.data.startswith(_RTF):
        return word.document(converted(blob.data, "rtf"), "rtf")
    if _ENCRYPTED in blob.data:
        raise FailedError("encrypted", "a password is needed to open it")
    if _WORD not in blob.data:
        raise SkippedError("office document")
    return word.document(converted(blob.data, "doc"), "doc")


def converted(data: bytes, suffix: str, seconds: float = 0) -> bytes:
    """A document as DOCX.

    Args:
        data: The document.
        suffix: What its kind of file is called.
        seconds: How long LibreOffice may take; 0 for what is left for the item.

    Raises:
        FailedError: LibreOffice is not there, or gives no document in time.
    """
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise FailedError("needs LibreOffice", "apt-get install libreoffice-writer")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        source = Path(folder, f"document.{suffix}")
        source.write_bytes(data)
        said = _run(_command(program, source), folder, seconds or _seconds_left())
        result = source.with_suffix(".docx")
        if not result.is_file():
            raise FailedError("not converted by LibreOffice", said or "it gave no document")
        return result.read_bytes()


def _command(program: str, source: Path) -> list[str]:
    """A profile of its own keeps it apart from a LibreOffice that somebody has open."""
    profile = (source.parent / "profile").as_uri()
    options = ["--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck"]
    target = ["--convert-to", "docx", "--outdir", str(source.parent)]
    return [program, f"-env:UserInstallation={profile}", *options, *target, str(source)]


def _run(command: list[str], folder: str, seconds: float) -> str:
    """What the program said; it is ended with all that it started where it takes too long."""
    process = subprocess.Popen(  # noqa: S603 - the program on the path, a file of our own
        command,
        cwd=folder,
        env={**os.environ, "HOME": folder},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    _limit(process.pid, seconds)
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise FailedError("not converted by LibreOffice", f"not within {seconds:g} s") from error
    finally:
        _end(process)
    return said.decode(errors="replace").strip()[:_DETAIL_LENGTH]


def _seconds_left() -> float:
    """The processor time that this process may still take for its item: what waits may last."""
    if sys.platform == "win32":
        return _SECONDS
    return signal.getitimer(signal.ITIMER_PROF)[0] or _SECONDS


def _limit(pid: int, seconds: float) -> None:
    """Bound its processor time too: this process may be ended before it, and cannot end it then."""
    if sys.platform == "linux":
        import resource

        limit = int(seconds) + 1
        with suppress(OSError):  # it has ended already
            resource.prlimit(pid, resource.RLIMIT_CPU, (limit, limit))


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
