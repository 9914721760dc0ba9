"""Properties of any script: no text is lost or doubled, only our own errors are raised, and it is quick."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from handler.errors import BadRequest
from handler.text import chunk, tokenize
from handler.text.source import read
from handler.types import Budget, Token

LANGUAGES = ["en", "en-GB", "de", "fr", "pt-BR", "ru", "zh", "ja", "hi", "ar", "th", "xx"]

# Words and signs that rules wait for, so that they meet each other in every order.
TRICKY_TEXT = (
    "Dr. St. Mr Mrs. e.g. etc. vs. No. p.m. a.m. U.S. FBI FBI's CEOs NASA US IT I A V X IV VIII Henry Elizabeth of "
    "Chapter chapter War Part $5 $1,234.56 -€3.20 £0.99 ¥500 5% 1st 22nd 1990s '90s 1999 2024 2005 in May Jan. January "
    "5 31 million 3/4 1/2 10 km m 5m 20°C °C 5:30 5:30pm 16:9 3-2 1995-98 555-1234 (555) +1 +44 20 7946 1,000,000 "
    "1.2.3 007 12345678901234567890 @joe #TagTime a@b.com www.x.io/a-b?c=1 report.pdf R&D AT&T C++ w/o 24/7 x² H₂O CO2 "
    "2+2=4 — – - … ... . , ! ? \" ' ( ) [sic] 🎉 👩‍👩‍👧 1️⃣ ½ 3½ ① Ⅷ don’t O'Neil rock'n'roll DON'T I'M mother-in-law "
    "wait...what yes—no 你好， 2024年 こんにちは。 カード 한국어 हिन्दी مرحبا؟ می‌خواهم Straße ŒUVRE "
    "e\u0301te\u0301 \u200b hel\u200blo NaCl HCl-5 VS LTD WWII XII "
    "\n \n\n \t [pause:1s] [pause:0.3] [Nguyen](win) [NYC](New York) [x](V) ﬁne ℹ️ ™ © & + = % ^ ~5 <3 :D A.B.C. "
    "Ph.D. X-V. Main Tue. Sun, OK okay km/h and/or TVs DVD's III. iPhone McDonald COVID-19 B2B mp3 4K 5'10\" 1920x1080"
)
TRICKY = re.split(" ", TRICKY_TEXT)
scripts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(TRICKY), max_size=12).map(" ".join),
    st.lists(st.one_of(st.sampled_from(TRICKY), st.text(max_size=3)), max_size=10).map("".join),
    st.text(st.characters(categories=["Nd", "Nl", "No", "Sc", "Sm", "Lm", "Mn", "Po", "Pd"]), max_size=15),
)
any_language = st.sampled_from(LANGUAGES)
modest = settings(max_examples=150, suppress_health_check=[HealthCheck.filter_too_much])


def tokens_of(script: str, language: str = "en") -> tuple[Token, ...]:
    """The tokens, or an example given up where the script is refused."""
    try:
        return tokenize(script, language)
    except BadRequest:
        assume(False)
        raise


def without_white(text: str) -> str:
    return "".join(text.split())


def reduced(script: str) -> str:
    """The script with its markup reduced to the shown text."""
    script = re.sub(r"\[\s*pause\s*:[^\[\]\n]*\]", "", script, flags=re.IGNORECASE)
    return re.sub(r"\[([^\[\]\n]*)\]\([^()\n]*\)", r"\1", script)


def without_markdown(script: str, language: str) -> None:
    """Gives up an example with Markdown, such as a quote, which is not shown; ``tests/text/markup`` has it."""
    assume(without_white(read(script, language, None).text) == without_white(reduced(script)))


@modest
@given(scripts, any_language)
def test_shown_texts_are_the_whole_script(script: str, language: str) -> None:
    """The shown texts together are the script without white space, with the shown side of its markup."""
    tokens = tokens_of(script, language)
    without_markdown(script, language)
    assert without_white("".join(token.shown for token in tokens)) == without_white(reduced(script))


@modest
@given(scripts, any_language)
def test_offsets_slice_the_script(script: str, language: str) -> None:
    """Offsets rise, never overlap, and slice the shown text, with markup reduced and white space as one blank."""
    tokens = tokens_of(script, language)
    without_markdown(script, language)
    last = 0
    for token in tokens:
        assert last <= token.start_char < token.end_char <= len(script)
        last = token.end_char
        segment = script[token.start_char : token.end_char]
        assert without_white(reduced(segment)) == without_white(token.shown)
        if "[" not in segment:
            assert token.shown == " ".join(segment.split())


@modest
@given(scripts, any_language)
def test_spoken_words_are_letters_only(script: str, language: str) -> None:
    """Each token has spoken words of letters only, and one prosody mark or none."""
    for token in tokens_of(script, language):
        assert token.spoken
        assert token.mark in ("", *",;:.!?…")
        for word in token.spoken:
            assert word[0].isalpha()
            assert not any(character.isdigit() or character.isspace() for character in word)
            assert not set(word) & set('.,;:!?…"()[]$€%&@#*_-—–/')


@modest
@given(scripts, any_language)
def test_spoken_form_of_a_spoken_form_is_the_same(script: str, language: str) -> None:
    """The spoken words as a script give the same spoken words."""
    spoken = [word for token in tokens_of(script, language) for word in token.spoken]
    again = [word for token in tokenize(" ".join(spoken), language) for word in token.spoken]
    assert again == spoken


@modest
@given(scripts, any_language)
def test_tokens_are_deterministic(script: str, language: str) -> None:
    """The same script gives the same tokens."""
    assert tokens_of(script, language) == tokens_of(script, language)


@modest
@given(scripts, st.integers(min_value=1, max_value=80))
def test_chunks_have_every_token_once_within_the_budget(script: str, limit: int) -> None:
    """Chunks have all tokens once and in order; only a single token may be over the budget."""
    tokens = tokens_of(script)
    chunks = chunk(tokens, "en", Budget(limit))
    assert [token for one in chunks for token in one.tokens] == list(tokens)
    assert [one.index for one in chunks] == list(range(len(chunks)))
    for one in chunks:
        assert len(one.text) <= limit or len(one.tokens) == 1
        assert not any(token.pause_after or token.paragraph for token in one.tokens[:-1])


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "script",
    [
        "a" * 20_000,
        "1" * 20_000,
        "1," * 10_000,
        "-1" * 10_000,
        "." * 19_999 + "a",
        "…" * 19_999 + "a",
        "—" * 19_999 + "a",
        "[" * 19_999 + "a",
        "[a](" * 5_000,
        "[a](b)" * 3_333,
        "[pause:0.3s] a " * 1_500,
        "x [pause:0.06s]" * 9_900,
        "我" * 20_000,
        "a-" * 10_000,
        "a.b" * 6_666,
        "A." * 10_000,
        "@" * 19_999 + "a",
        "🎉 " * 9_999 + "a",
        "\n🎉" * 9_999 + "a",
        "1/" * 10_000,
        "$" * 19_999 + "1",
        "'" * 19_999 + "a",
        "a'" * 10_000,
        "e" + "\u0301" * 19_999,
        "\u200d" * 19_999 + "a",
        " " * 19_999 + "a",
        "\n" * 19_999 + "a",
        "\r\n \r" * 5_000 + "a",
        "( " * 10_000 + "a",
        "a=" * 10_000,
        "1 " * 10_000,
        "1  " * 10_000,
        "word 🎉 🎉 " * 2_000,
        "x\n" + "🎉 " * 9_999,
        "[pause " * 3_000 + "a",
        "=  " * 6_000 + "1",
        "a" + " = " * 60,
    ],
)
def test_long_scripts_are_quick(script: str) -> None:
    """Scripts of the longest size, however odd, take seconds at most."""
    try:
        tokens = tokenize(script, "en")
    except BadRequest:
        return
    for limit in (100, 5_000):
        assert chunk(tokens, "en", Budget(limit))
