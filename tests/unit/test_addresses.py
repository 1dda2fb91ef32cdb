"""Addresses: one key for one page, however its URL was written, and the key that archives use."""

from __future__ import annotations

import gzip
import json
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from rag_assistant.addresses import address_key, site_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def archives() -> Path:
    folder = Path(os.environ.get("RAG_TEST_DATA", ROOT.parent / "shared" / "data"))
    assert (folder / "README.md").is_file(), f"The test data is not in {folder}: set RAG_TEST_DATA."
    return folder / "web-archives"


@pytest.mark.parametrize(
    ("uri", "key"),
    [
        ("http://example.org/", "org,example)/"),
        ("https://example.org", "org,example)/"),
        ("ftp://example.org:21/a", "org,example)/a"),
        ("HTTP://WWW.Example.ORG/Hours", "org,example)/Hours"),
        ("http://www2.example.org/", "org,example)/"),
        ("http://wwwx.example.org/", "org,example,wwwx)/"),
        ("http://www.org/", "org)/"),
        ("//example.org/a", "org,example)/a"),
        ("example.org/a", "org,example)/a"),
        ("example.org:8080/a", "org,example:8080)/a"),
        ("http://example.org:80/", "org,example)/"),
        ("https://example.org:443/", "org,example)/"),
        ("http://example.org:/a", "org,example)/a"),
        ("http://example.org:8080/", "org,example:8080)/"),
        ("http://reader:secret@example.org/", "org,example)/"),
        ("http://example.org./a", "org,example)/a"),
        ("http://example.org/a/", "org,example)/a"),
        ("http://example.org//a///b", "org,example)/a/b"),
        ("http://example.org/a/./b/../c", "org,example)/a/c"),
        ("http://example.org/../../a", "org,example)/a"),
        ("http://example.org/a#part", "org,example)/a"),
        ("http://example.org/a?", "org,example)/a"),
        ("http://example.org/a/?b=1", "org,example)/a?b=1"),
        ("http://example.org?b=1", "org,example)/?b=1"),
        ("http://example.org/a?b=2&a=1&a=0", "org,example)/a?a=0&a=1&b=2"),
        ("http://example.org/a?b&&a", "org,example)/a?a&b"),
        ("http://example.org/a?u=http://e.org/?x", "org,example)/a?u=http://e.org/?x"),
        ("http://example.org/a;jsessionid=0123456789abcdef?b=1", "org,example)/a?b=1"),
        ("http://example.org/a?PHPSESSID=0123456789abcdef&b=1", "org,example)/a?b=1"),
        ("http://example.org/a?CFID=12&CFTOKEN=345", "org,example)/a"),
        ("http://example.org/(S(4hqa0555fwsecu455xqckv45))/m.aspx", "org,example)/m.aspx"),
        ("http://example.org/a?sid=12", "org,example)/a?sid=12"),
        ("http://bücher.example/", "example,xn--bcher-kva)/"),
        ("http://xn--bcher-kva.example/", "example,xn--bcher-kva)/"),
        ("http://192.168.1.20/a", "20,1,168,192)/a"),
        ("http://[2001:DB8::1]:80/a", "[2001:db8::1])/a"),
        ("http://[2001:db8::1]:8080/a", "[2001:db8::1]:8080)/a"),
        ("http://example.org/a b", "org,example)/a%20b"),
        ("http://example.org/a%20b", "org,example)/a%20b"),
        ("http://example.org/%7Euser/%41", "org,example)/~user/A"),
        ("http://example.org/%257Euser", "org,example)/~user"),
        ("http://example.org/50%", "org,example)/50%25"),
        ("http://example.org/a%23b%3Fc", "org,example)/a%23b%3Fc"),
        ("http://example.org/käse", "org,example)/k%C3%A4se"),
        ("http://example.org/k%c3%a4se", "org,example)/k%C3%A4se"),
        ("http://example.org/k%E4se", "org,example)/k%E4se"),
        ("http://exam\nple.org/a\tb", "org,example)/ab"),
        ("  http://example.org/ ", "org,example)/"),
        ("http://ex%61mple.org/", "org,example)/"),
        ("urn:pageinfo:http://example.org/", "urn:pageinfo:http://example.org/"),
        ("urn:uuid:1-2-3", "urn:uuid:1-2-3"),
        ("dns:www.example.org", "dns:www.example.org"),
        ("mailto:a@example.org", "mailto:a@example.org"),
        ("", ")/"),
    ],
)  # fmt: skip
def test_keys(uri: str, key: str) -> None:
    assert address_key(uri) == key


def test_case_tells_paths_apart_but_not_hosts() -> None:
    assert address_key("http://e.org/A") != address_key("http://e.org/a")
    assert address_key("http://E.org/a") == address_key("http://e.org/a")


@pytest.mark.parametrize(
    ("uri", "site"),
    [
        ("https://www.example.org/a)b", "org,example"),
        ("http://example.org:8080/", "org,example:8080"),
        ("urn:uuid:1", "urn:uuid:1"),
    ],
)
def test_site(uri: str, site: str) -> None:
    assert site_of(address_key(uri)) == site


def test_keys_are_those_of_the_indexes_in_real_packages(archives: Path) -> None:
    seen = 0
    for path in sorted(archives.rglob("*.wacz")):
        with zipfile.ZipFile(path) as package:
            names = [name for name in package.namelist() if name.endswith(".cdx.gz")]
            for line in (
                line for n in names for line in gzip.decompress(package.read(n)).splitlines()
            ):
                urlkey, _, said = line.decode().split(" ", 2)
                assert address_key(json.loads(said)["url"]).lower() == urlkey
                seen += 1
    assert seen == 7


def test_variants_of_real_addresses_have_one_key(archives: Path) -> None:
    uris = set()
    for name in ("aut/example.warc.gz", "pywb/iana.warc.gz", "aut/example.pdf.warc.gz"):
        with (archives / name).open("rb") as stream:
            for record in ArchiveIterator(stream):
                uris.add(record.rec_headers.get_header("WARC-Target-URI") or "")
    web = [uri for uri in uris if uri.startswith(("http://", "https://"))]
    assert len(web) > 200
    for uri in web:
        rest = uri.partition("://")[2]
        host, slash, path = rest.partition("/")
        key = address_key(uri)
        assert key.isascii()
        assert address_key(f"https://{rest}#top") == key
        assert address_key(f"http://{host.upper()}{slash}{path}") == key
        assert address_key(f"http://reader@{rest}") == key
        if "?" not in rest:
            assert address_key(f"{uri}/") == key


SEGMENT = st.text(st.characters(exclude_characters="/?#&;%()\t\r\n\\", categories=["L", "N"]))
HOST = st.from_regex(r"[a-z][a-z0-9]{0,8}(\.[a-z][a-z0-9]{1,8}){1,3}", fullmatch=True)


@given(HOST, st.lists(SEGMENT, max_size=4), st.lists(SEGMENT.filter(bool), max_size=4))
def test_order_and_escapes_do_not_matter(host: str, path: list[str], query: list[str]) -> None:
    from urllib.parse import quote

    plain = f"http://{host}/{'/'.join(path)}?{'&'.join(query)}"
    reordered = f"https://{host}/{'/'.join(map(quote, path))}?{'&'.join(map(quote, query[::-1]))}"
    assert address_key(plain) == address_key(reordered)


@given(st.text())
def test_any_text_has_a_key_that_can_be_stored(text: str) -> None:
    for uri in (text, f"http://{text}", f"http://e.org/{text}", f"http://e.org/?{text}"):
        address_key(uri).encode()


@given(st.text(st.characters(codec="utf-8")))
def test_a_key_in_its_own_words_is_itself(text: str) -> None:
    key = address_key(f"http://e.org/{text}")
    assert address_key(f"http://e.org{key.partition(')')[2]}") == key
