"""Plain text."""

from __future__ import annotations

import pytest

from rag_assistant.errors import SkippedError
from rag_assistant.ports import Blob
from rag_assistant.readers import read_blob


def test_text_is_stored_as_it_stands() -> None:
    data = "  Minutes\r\n\r\n  Present: Mrs. Ruth Askew \U0001f4da\r\n\x00".encode()
    document = read_blob(Blob(data=data, name="minutes.txt"))
    (section,) = document.sections
    assert section.text == "  Minutes\n\n  Present: Mrs. Ruth Askew \U0001f4da\n\ufffd"
    assert (document.format, document.description.kind) == ("text", "text")


@pytest.mark.parametrize("data", [b"", b" \n ", b"\xef\xbb\xbf\n"])
def test_nothing_to_read_is_skipped(data: bytes) -> None:
    with pytest.raises(SkippedError):
        read_blob(Blob(data=data, name="a.txt"))
