"""Access files of pywb: the most specific rule holds, and what should be hidden stays hidden."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_assistant.access_rules import AccessRules, find_rules
from rag_assistant.errors import ConfigError


def rules(*lines: str) -> AccessRules:
    return AccessRules.parse({"a.aclj": "\n".join(lines)})


def line(key: str, access: str, **more: object) -> str:
    return f"{key} - {json.dumps({'access': access, **more})}"


def test_no_rules_allow_all() -> None:
    for empty in (AccessRules.parse({}), rules("", "  ")):
        assert empty.fingerprint == ""
        assert empty.verdict("http://example.org/") == "allow"


@pytest.mark.parametrize(
    ("uri", "verdict"),
    [
        ("http://example.org/anything/something", "allow"),
        ("https://www.example.org/anything/something/", "allow"),
        ("http://example.org/ANYTHING/something", "allow"),
        ("http://example.org/anything", "refused"),
        ("http://example.org/anything/other", "refused"),
        ("http://example.org/anythingelse", "refused"),
        ("http://example.org/", "refused"),
        ("http://other.org/", "allow"),
        ("http://sub.example.org/", "allow"),
        ("http://example.com/", "allow"),
        ("http://example.net/", "refused"),
        ("http://sub.example.net/a", "refused"),
        ("http://example.network/", "allow"),
    ],
)
def test_the_most_specific_rule_holds(uri: str, verdict: str) -> None:
    found = rules(
        line("org,example)/", "block"),
        line("org,example)/anything", "exclude"),
        line("org,example)/anything/something", "allow"),
        line("com,", "allow"),
        line("net,example,", "block"),
    )
    assert found.verdict(uri) == verdict


def test_an_exact_rule_is_for_one_address() -> None:
    found = rules(
        line("org,example)/a###", "allow"),
        line("org,example)/", "block"),
        line("org,other)/b###", "exclude"),
    )
    assert found.verdict("http://example.org/a/") == "allow"
    assert found.verdict("http://example.org/a/b") == "refused"
    assert found.verdict("http://other.org/b") == "refused"
    assert found.verdict("http://other.org/b/c") == "allow"
    assert found.verdict("http://other.org/b?c") == "allow"


def test_an_exact_rule_goes_before_the_prefix_of_its_length() -> None:
    found = rules(line("org,example)/a", "block"), line("org,example)/a###", "allow"))
    assert found.verdict("http://example.org/a") == "allow"
    assert found.verdict("http://example.org/ab") == "refused"


def test_a_rule_for_a_user_is_for_the_staff() -> None:
    found = rules(
        line("org,example)/restricted", "allow", user="staff"),
        line("org,example)/restricted", "block"),
        line("org,example)/restricted/never", "block"),
        line("org,other)/", "block", user="guest"),
        line("org,third)/", "allow_ignore_embargo", user="curator"),
        line("org,third)/", "exclude", user="staff"),
        line("org,third)/", "exclude"),
    )
    assert found.verdict("http://example.org/restricted/x") == "staff"
    assert found.verdict("http://example.org/restricted/never") == "refused"
    assert found.verdict("http://example.org/") == "allow"
    assert found.verdict("http://other.org/") == "allow"
    assert found.verdict("http://third.org/") == "staff"


def test_where_two_rules_differ_the_stricter_holds() -> None:
    lines = (line("org,example)/", "allow"), line("org,example)/", "block"))
    for order in (lines, lines[::-1]):
        assert rules(*order).verdict("http://example.org/") == "refused"
        split = AccessRules.parse({"a.aclj": order[0], "b.aclj": order[1]})
        assert split.verdict("http://example.org/") == "refused"


def test_what_is_made_of_a_page_is_hidden_with_it() -> None:
    found = rules(line("org,example)/", "block"))
    assert found.verdict("urn:text:https://www.example.org/a") == "refused"
    assert found.verdict("urn:thumbnail:http://example.org/") == "refused"
    assert found.verdict("urn:text:https://other.org/") == "allow"
    assert found.verdict("http://example.org/./x/../") == "refused"
    assert found.verdict("http://example.org/%2561") == "refused"


def test_a_key_of_another_make_hides_by_its_address() -> None:
    query = f"private?b=1&sid={'0123456789abcdef' * 2}"
    said = {"url": f"http://example.org/{query}"}
    found = rules(line(f"org,example)/{query}", "block", **said))
    assert found.verdict("http://example.org/private?b=1") == "refused"
    assert found.verdict("http://example.org/private") == "allow"
    exact = rules(line("org,example)/x;y=###", "block", url="http://example.org/x"))
    assert exact.verdict("http://example.org/x") == "refused"
    assert exact.verdict("http://example.org/x/y") == "allow"


@pytest.mark.parametrize(
    ("access", "more", "timestamp", "verdict"),
    [
        ("block", {"before": "20201226"}, "20201225235959", "refused"),
        ("block", {"before": "20201226"}, "20201226000000", "allow"),
        ("block", {"before": 2020}, "20191231235959", "refused"),
        ("block", {"after": "20201226"}, "20201226000000", "refused"),
        ("block", {"after": "20201226"}, "20201225235959", "allow"),
        ("block", {"after": "20201226"}, "", "refused"),
        ("block", {"newer": {"years": 1}}, "20100101000000", "refused"),
        ("block", {"older": {"days": 9}}, "20100101000000", "refused"),
    ],
)
def test_dated_rules(access: str, more: dict[str, object], timestamp: str, verdict: str) -> None:
    found = rules(line("org,example)/", access, **more))
    assert found.verdict("http://example.org/", timestamp) == verdict


@pytest.mark.parametrize(
    ("more", "timestamp", "verdict"),
    [
        ({"before": "20201226"}, "20191231000000", "allow"),
        ({"before": "20201226"}, "20201226000000", "refused"),
        ({"before": "20201226"}, "", "refused"),
        ({"after": "2020"}, "20200101000000", "allow"),
        ({"older": {"years": 1}}, "20100101000000", "refused"),
        ({"user": "staff", "before": "2020"}, "20191231000000", "staff"),
        ({"user": "staff", "before": "2020"}, "20210101000000", "refused"),
    ],
)
def test_dated_rules_that_open(more: dict[str, object], timestamp: str, verdict: str) -> None:
    found = rules(line("org,example)/", "allow", **more), line("org,example)/", "block"))
    assert found.verdict("http://example.org/", timestamp) == verdict


@pytest.mark.parametrize(
    "broken",
    [
        "org,example)/",
        "org,example)/ -",
        'org,example)/ {"access": "block"}',
        'org,example)/ 2020 {"access": "block"}',
        'org,example)/ - {"access": "block"',
        "org,example)/ - block",
        'org,example)/ - ["block"]',
        'org,example)/ - {"access": "deny"}',
        'org,example)/ - {"access": ["block"]}',
        'org,example)/ - {"url": "http://example.org/"}',
        'org,example)/ - {"access": "allow", "user": 7}',
        'org,example)/ - {"access": "block", "before": "last year"}',
        "# a comment",
        "[" * 100_000,
    ],
)
def test_a_line_that_is_no_rule_is_never_passed_over(broken: str) -> None:
    with pytest.raises(ConfigError) as caught:
        AccessRules.parse({"acl/x.aclj": f"{line('org,', 'allow')}\n\n{broken}\n"})
    assert "acl/x.aclj, line 3" in caught.value.message
    assert caught.value.hint


def test_the_fingerprint_follows_the_rules() -> None:
    one = AccessRules.parse({"a.aclj": line("org,", "block")})
    same = AccessRules.parse({"b.aclj": f"\ufeff{line('org,', 'block')}\r\n\r\n"})
    other = AccessRules.parse({"a.aclj": line("org,", "allow")})
    assert len(one.fingerprint) == 64
    assert one.fingerprint == same.fingerprint
    assert one.fingerprint != other.fingerprint


@given(st.text(), st.sampled_from(["http://e.org/", "urn:x:http://e.org/", ""]))
def test_any_address_has_a_verdict_and_a_block_of_all_hides_all(text: str, before: str) -> None:
    found = rules(line("org,e)/", "block"))
    assert found.verdict(before + text) in ("allow", "refused")
    assert found.verdict(f"http://e.org/{text}") == "refused"


def test_many_rules_are_quick() -> None:
    found = rules(*(line(f"org,site{number})/a/b", "block") for number in range(20_000)))
    assert (
        sum(found.verdict(f"http://site{n}.org/a/b/c") == "refused" for n in range(5_000)) == 5000
    )


# ---------------------------------------------------------------- finding them


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def save(name: str, text: str = "") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return save


def test_rules_below_a_collection(tmp_path: Path, write: Callable[..., Path]) -> None:
    write("coll/z.aclj", "z")
    write("coll/acl/access-rules.aclj", "a")
    write("coll/acl/notes.txt", "no")
    write("other/b.aclj", "no")
    found = find_rules(tmp_path / "coll")
    assert found == {"acl/access-rules.aclj": "a", "z.aclj": "z"}
    assert list(found) == sorted(found)
    assert find_rules(tmp_path / "nowhere") == {}


def test_rules_beside_the_archive_folder_of_pywb(
    tmp_path: Path, write: Callable[..., Path]
) -> None:
    write("coll/archive/a.warc.gz")
    write("coll/acl/access-rules.aclj", "a")
    write("coll/files/a.warc.gz")
    assert find_rules(tmp_path / "coll" / "archive") == {"../acl/access-rules.aclj": "a"}
    assert find_rules(tmp_path / "coll" / "files") == {}


def test_links_inside_are_read_and_links_out_are_refused(
    tmp_path: Path, write: Callable[..., Path]
) -> None:
    real = write("coll/acl/a.aclj", "a")
    (tmp_path / "coll" / "b.aclj").symlink_to(real)
    (tmp_path / "linked").symlink_to(tmp_path / "coll")
    assert find_rules(tmp_path / "linked") == {"acl/a.aclj": "a", "b.aclj": "a"}
    outside = write("outside/c.aclj", "c")
    link = tmp_path / "coll" / "c.aclj"
    link.symlink_to(outside)
    with pytest.raises(ConfigError, match="link out"):
        find_rules(tmp_path / "coll")
    link.unlink()
    (tmp_path / "coll" / "sub").mkdir()
    (tmp_path / "coll" / "sub" / "acl").symlink_to(outside.parent)
    with pytest.raises(ConfigError, match="link out"):
        find_rules(tmp_path / "coll")


def test_rules_that_cannot_be_read_are_an_error(plain_user: Path) -> None:
    folder = plain_user / "acl"
    folder.mkdir()
    rule = folder / "a.aclj"
    rule.write_text("")
    rule.chmod(0)
    with pytest.raises(ConfigError, match=r"a\.aclj cannot be read"):
        find_rules(plain_user)
    folder.chmod(0)
    with pytest.raises(ConfigError, match="cannot be read"):
        find_rules(plain_user)
    folder.chmod(0o700)
    rule.chmod(0o600)
    rule.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(ConfigError, match=r"cannot be read: .utf-8"):
        find_rules(plain_user)
