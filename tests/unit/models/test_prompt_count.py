"""No false alarm: real text in several scripts, at what real tokenizers make of it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from rag_assistant.models.prompt_count import least_tokens, was_cut

CORPUS = Path(__file__).resolve().parents[3] / "corpora" / "local-history"
WINDOW = 8192
GERMAN = (
    "Der Lesesaal der Bibliothek wurde 1893 eröffnet und hatte damals nur neunhundert Bände. Die "
    "Leiterin Margaret Holt schenkte 1901 eine Uhr. In den dreißiger Jahren wurden die "
    "Öffnungszeiten aus Geldmangel gekürzt, doch der Stadtrat bewilligte den Zuschuss bald wieder. "
)
CHINESE = (
    "图书馆的阅览室于一八九三年向公众开放,当时只有九百本书。馆长玛格丽特·霍尔特在一九〇一年捐赠了"
    "一座时钟。二十世纪三十年代,由于经费不足,图书馆曾一度缩短开放时间。"
)
HINDI = (
    "पुस्तकालय का वाचनालय सन् 1893 में जनता के लिए खोला गया था और उस समय उसमें केवल नौ सौ पुस्तकें थीं। "
    "निदेशक मार्गरेट होल्ट ने 1901 में एक घड़ी दान की। "
)
THAI = "ห้องอ่านหนังสือของห้องสมุดเปิดให้ประชาชนเข้าใช้ในปี พ.ศ. 2436 ในเวลานั้นมีหนังสือเพียงเก้าร้อยเล่ม "
PLAIN = (
    "the people of the town and the people of the country were in the same place at the same time "
    "because the government was not there. "
)


def ledger() -> str:
    pick = random.Random(1)  # noqa: S311
    rows = (
        f"{pick.randint(1, 99)}. {pick.randint(1700, 1999)}-{pick.randint(1, 12):02} "
        f"£{pick.randint(1, 9999)} 12s {pick.randint(1, 11)}d fol. {pick.randint(1, 400)}"
        for _ in range(200)
    )
    return "\n".join(rows)


def english() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(CORPUS.glob("*.md")))


# The most bytes a token that the tokenizers of Llama 2, Llama 3 and two of OpenAI gave for such
# text, over pieces of 1,500 characters: the fewest tokens are the hardest case.
@pytest.mark.parametrize(
    ("text", "bytes_a_token"),
    [
        (english(), 4.62),
        (GERMAN * 20, 5.07),
        (CHINESE * 40, 3.6),
        (HINDI * 20, 7.48),
        (THAI * 20, 6.3),
        (ledger(), 2.03),
        (PLAIN * 40, 4.85),
        (
            "https://archive.library.example/web/20190401120000/http://a.example/b?id=97\n" * 60,
            3.81,
        ),
        (f"Annual report\n{'-' * 80}\n" * 60, 20.0),
        (f"Chapter {'.' * 60} 11\n" * 60, 12.0),
    ],
)
def test_an_honest_count_is_no_cut(text: str, bytes_a_token: float) -> None:
    text = text[:12_000]
    counted = int(len(text.encode()) / bytes_a_token)
    assert counted < WINDOW
    assert not was_cut([text], counted, WINDOW)


@pytest.mark.parametrize("counted", [None, 0])
def test_a_server_that_does_not_count_says_nothing(counted: int | None) -> None:
    assert not was_cut([PLAIN * 1000], counted, WINDOW)


@pytest.mark.parametrize(
    ("words", "counted", "window"),
    [
        (1000, 131, 256),  # as 0.32 cuts
        (1000, 256, 256),  # as 0.24 does
        (9000, 4099, 8192),
        (5000, 25, 8192),  # older messages left out
    ],
)
def test_the_counts_of_cut_prompts_are_known(words: int, counted: int, window: int) -> None:
    assert was_cut(["word " * words, "ok", "hi"], counted, window)


def test_a_full_window_is_a_cut_however_few_the_words() -> None:
    assert was_cut([CHINESE], 512, 512)
    assert not was_cut([CHINESE], 511, 512)


def test_words_figures_and_unspaced_scripts_are_counted_low() -> None:
    assert least_tokens("Opened in 1893, by the mayor.") == 6
    assert least_tokens("internationalisation") == 2
    assert least_tokens("图书馆的阅览室") == 2
    assert least_tokens("---- .... ----") == 0
