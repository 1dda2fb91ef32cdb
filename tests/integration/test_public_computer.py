"""A public computer: whoever sits there is not the staff."""

from __future__ import annotations

import shlex
import sys
import time
from pathlib import Path

import pytest

from tests.served import index_town, serving


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return index_town(tmp_path_factory.mktemp("public-computer")).data


@pytest.mark.parametrize("public", [True, False])
def test_no_staff_link_is_opened_on_a_public_computer(
    data: Path, tmp_path: Path, public: bool
) -> None:
    opened = tmp_path / "opened"
    script = tmp_path / "browser.py"
    script.write_text(f"import sys; open({str(opened)!r}, 'w').write(sys.argv[1])")
    browser = f"{shlex.quote(sys.executable)} {shlex.quote(str(script))} %s"
    options = ["--public-computer"] if public else []
    with serving(data, *options, browser=True, BROWSER=browser) as server:
        deadline = time.monotonic() + 60
        while not (opened.exists() and opened.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        expected = server.address if public else server.link
        assert opened.read_text() == expected
