"""Older office documents: what LibreOffice is asked for, and what is said where it fails.

LibreOffice is stood for by a script that speaks its command line.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rag_assistant.errors import FailedError, SkippedError
from rag_assistant.ports import Blob
from rag_assistant.readers import libreoffice, read_blob
from tests import office_files

RTF = rb"{\rtf1\ansi The ferry.}"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
DOC = OLE + "WordDocument".encode("utf-16-le")
Install = Callable[[str], Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a program called soffice on the path, alone with the shell's own."""
    tools = [Path(found).parent for tool in ("sh", "cp", "sleep") if (found := shutil.which(tool))]
    monkeypatch.setenv("PATH", ":".join(["/nowhere", *map(str, dict.fromkeys(tools))]))

    def written(script: str) -> Path:
        program = tmp_path / "bin" / "soffice"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:" + ":".join(map(str, tools)))
        return program.parent

    return written


def converting(folder: Path) -> str:
    """A script that notes how it was called, and gives a prepared document."""
    prepared = folder / "prepared.docx"
    prepared.write_bytes(
        office_files.docx(
            office_files.paragraph("Owners", "berschrift1") + office_files.paragraph("Delvaux.")
        )
    )
    return (
        f'for one in "$@"; do echo "$one" >> {folder}/called; last=$one; done\n'
        f'cp {prepared} "${{last%.*}}.docx"'
    )


@pytest.mark.parametrize(("data", "name"), [(RTF, "rtf"), (DOC, "doc")])
def test_it_is_converted_and_read(install: Install, tmp_path: Path, data: bytes, name: str) -> None:
    install(converting(tmp_path))
    document = read_blob(Blob(data=data, name="a.txt"))
    assert document.format == name
    assert (document.sections[0].headings, document.sections[0].text) == (("Owners",), "Delvaux.")
    profile, *options, folder, source = (tmp_path / "called").read_text().splitlines()
    assert profile == f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
    assert options == [
        "--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck",
        "--convert-to", "docx", "--outdir",
    ]  # fmt: skip
    assert source == f"{folder}/document.{name}"
    assert not Path(folder).exists(), "what was written is removed"


def test_without_libreoffice_the_reason_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(FailedError) as failure:
        read_blob(Blob(data=RTF, name="a.rtf"))
    assert failure.value.reason == "needs LibreOffice"
    assert failure.value.detail == "apt-get install libreoffice-writer"


def test_a_failure_is_told_in_its_own_words(install: Install) -> None:
    install('echo "Error: source file could not be loaded" >&2; exit 1')
    with pytest.raises(FailedError) as failure:
        libreoffice.converted(RTF, "rtf")
    assert failure.value.reason == "not converted by LibreOffice"
    assert failure.value.detail == "Error: source file could not be loaded"


def test_what_takes_too_long_is_ended_with_all_that_it_started(
    install: Install, tmp_path: Path
) -> None:
    install(f"(sleep 2; echo late > {tmp_path}/late) &\nsleep 60")
    began = time.monotonic()
    with pytest.raises(FailedError, match="not converted by LibreOffice"):
        libreoffice.converted(RTF, "rtf", seconds=0.5)
    assert time.monotonic() - began < 10
    time.sleep(2.5)
    assert not (tmp_path / "late").exists()


def test_other_compound_files() -> None:
    with pytest.raises(FailedError, match="encrypted"):
        read_blob(Blob(data=OLE + "EncryptedPackage".encode("utf-16-le"), name="a.docx"))
    with pytest.raises(SkippedError, match="office document"):
        read_blob(Blob(data=OLE + "Workbook".encode("utf-16-le"), name="a.xls"))
