"""The markup of a script: pauses and replacements."""

from __future__ import annotations

import re

import pytest

from handler.errors import BadRequest
from handler.text import shown_by_voice, tokenize
from handler.types import Chunk


def test_pause_belongs_to_the_token_before_it() -> None:
    """A leading pause is before the first token; any other is after the token before it, in seconds."""
    one, two, three = tokenize("[pause:1.5s] one [pause:500ms] two three [PAUSE: 2 ]", "en")
    assert (one.pause_before, one.pause_after) == (1.5, 0.5)
    assert (two.pause_before, two.pause_after) == (0.0, 0.0)
    assert (three.pause_before, three.pause_after) == (0.0, 2.0)
    assert [token.shown for token in (one, two, three)] == ["one", "two", "three"]


def test_sound_belongs_to_the_token_before_it() -> None:
    """A sound is no word and not shown; it follows the token before it, and after a pause it is before the next one."""
    one, two, three = tokenize("[sigh] One, [Laugh]. Two [pause:1s] [clear  throat] three [chuckle] [gasp]", "en")
    assert [token.shown for token in (one, two, three)] == ["One,.", "Two", "three"]
    assert [token.spoken for token in (one, two, three)] == [("One",), ("Two",), ("three",)]
    assert (one.sounds_before, one.sounds_after) == (("sigh",), ("laugh",))
    assert (two.sounds_before, two.sounds_after, two.pause_after) == ((), (), 1.0)
    assert (three.sounds_before, three.sounds_after) == (("clear throat",), ("chuckle", "gasp"))
    chunk = Chunk(0, (one, two, three))
    assert chunk.text_with_sounds == "[sigh] One. [laugh] Two [clear throat] three [chuckle] [gasp]"
    assert (chunk.text, chunk.words) == ("One. Two three", ("One", "Two", "three"))


@pytest.mark.parametrize("script", ["a [laugh](loud) b", "a [laughs] b", "a (laugh) b", "a laugh b", "a \\[laugh] b"])
def test_what_only_looks_like_a_sound_is_text(script: str) -> None:
    """A replacement, other words in brackets and a laugh without brackets are spoken."""
    tokens = tokenize(script, "en")
    assert len(tokens) == 3
    assert not any(token.sounds_before + token.sounds_after for token in tokens)


def test_too_many_sounds_in_a_row_are_refused() -> None:
    """A script cannot fill the model with laughter; between words there may be any number."""
    tokenize("ha [laugh] " * 20, "en")
    with pytest.raises(BadRequest, match="more than 4 sounds in a row"):
        tokenize("ha" + " [laugh]" * 5, "en")


def test_pauses_around_a_silent_segment_add_up() -> None:
    """The pauses before and after a segment without words are summed."""
    first, second = tokenize("[pause:1][pause:0.5] 🎉 [pause:1s] Hi [pause:1] … [pause:2] you", "en")
    assert first.pause_before == 2.5
    assert first.pause_after == 3.0
    assert first.shown == "🎉 Hi …"
    assert second.shown == "you"


def test_pause_inside_a_word_splits_it() -> None:
    """Texts that touch a pause are two tokens; punctuation after it stays with the token before."""
    one, two = tokenize("one[pause:1s]two[pause:1s].", "en")
    assert (one.shown, one.pause_after, two.shown, two.pause_after) == ("one", 1.0, "two.", 1.0)


@pytest.mark.parametrize(
    "mark",
    ["[pause:0.01]", "[pause:31s]", "[pause:40000ms]", "[pause:soon]", "[pause:]", "[pause:-1s]", "[pause]",
     "[pause:1e3]", "[](win)", "[Nguyen]()", "[Nguyen]( )", "[Nguyen](win"],
)  # fmt: skip
def test_malformed_markup_is_refused_with_a_quote(mark: str) -> None:
    """The BadRequest names the field text and quotes the markup."""
    with pytest.raises(BadRequest) as caught:
        tokenize(f"Say {mark}", "en")
    assert [issue.field for issue in caught.value.issues] == ["text"]
    assert mark in caught.value.message


def test_unclosed_pause_is_refused() -> None:
    """A pause without its closing bracket is refused and not spoken."""
    with pytest.raises(BadRequest, match="not closed"):
        tokenize("one [pause:1s two", "en")


@pytest.mark.parametrize("mark", ["[pasue:1s]", "[puase: 1.5 s]", "[Paus:500ms]", "[pauze:2s]", "[pausse:1s]"])
def test_misspelled_pause_is_refused(mark: str) -> None:
    """A word similar to "pause" with a length in brackets is refused, and the error shows the right form."""
    with pytest.raises(BadRequest, match=re.escape(mark) + ".*is not known: write it as .pause:1.5s."):
        tokenize(f"One {mark} two", "en")


@pytest.mark.parametrize(
    "text",
    ["[page:12]", "[phase: 2s]", "[applause: 3s]", "[Paused: 10s]", "[cause: 5 s]", "[use: 3s]", "[note: 3 s later]",
     "[purse: 3s]", "[because: 2s]", "[phrase: 4s]"],
)  # fmt: skip
def test_other_words_in_brackets_are_text(text: str) -> None:
    """A word that is not similar to "pause", or a length without a unit, is ordinary text."""
    assert "".join(token.shown for token in tokenize(f"One {text}", "en")).endswith("]")


def test_punctuation_after_a_pause_stays_with_its_word() -> None:
    """A full stop after a pause is shown without a blank; a bracket or dash keeps its own."""
    shown = [token.shown for token in tokenize("It is ok [pause:1s]. Really [pause:1s] – yes !", "en")]
    assert shown == ["It", "is", "ok.", "Really –", "yes !"]


def test_pauses_in_a_row_are_limited() -> None:
    """The pauses of one gap add up to thirty seconds at most."""
    with pytest.raises(BadRequest, match="30"):
        tokenize("one [pause:20s] [pause:20s] two", "en")


def test_replacement_is_shown_and_spoken_differently() -> None:
    """Offsets cover the markup and the text that touches it, and the spoken side is verbalized."""
    script = 'Ask "[Nguyen](win)," of [NYC](New York), [the price]($5) now'
    tokens = {token.shown: token for token in tokenize(script, "en")}
    assert list(tokens) == ["Ask", '"Nguyen,"', "of", "NYC,", "the price", "now"]
    assert tokens['"Nguyen,"'].spoken == ("win",)
    assert tokens['"Nguyen,"'].mark == ","
    assert script[tokens['"Nguyen,"'].start_char : tokens['"Nguyen,"'].end_char] == '"[Nguyen](win),"'
    assert tokens["NYC,"].spoken == ("New", "York")
    assert tokens["the price"].spoken == ("five", "dollars")


def test_letters_that_touch_a_replacement_join_it() -> None:
    """An ending after the bracket belongs to the spoken word."""
    (token,) = tokenize("[Nguyen](win)'s", "en")
    assert (token.shown, token.spoken) == ("Nguyen's", ("win's",))


def test_replacement_in_an_unspaced_script_is_a_token() -> None:
    """In Chinese text a replacement is a token by itself."""
    tokens = tokenize("我在[东京](Tokyo)住", "zh")
    assert [token.shown for token in tokens] == ["我", "在", "东京", "住"]
    assert tokens[2].spoken == ("Tokyo",)


def test_brackets_without_markup_are_text() -> None:
    """Brackets without markup are shown, and their words are spoken."""
    assert [token.shown for token in tokenize("He [sic] said (so)", "en")] == ["He", "[sic]", "said", "(so)"]


def test_sum_of_all_pauses_is_limited() -> None:
    """A hundred pauses of ten seconds are refused, and the error names their sum."""
    with pytest.raises(BadRequest, match=r"1000 seconds, at most 600"):
        tokenize("word [pause:10s] " * 100, "en")
    assert len(tokenize("word [pause:10s] " * 60, "en")) == 60


def test_wrong_sign_in_ipa_is_refused() -> None:
    """A slip of the keyboard is not spelled out; a path of foreign letters is a link."""
    with pytest.raises(BadRequest, match=r"'\[Worcester\]\(/ˈw@stə/\)' has a sign between its slashes that is not IPA"):
        tokenize("We met in [Worcester](/ˈw@stə/).", "en")
    assert [token.spoken for token in tokenize("[coffee](/café/)", "en")] == [("coffee",)]


def test_voice_marks_begin_what_a_voice_says() -> None:
    """Each token knows the voice before it; the marks are no words, and end a paragraph."""
    script = "Hello, [voice: anna ] my *dear.\n- [VOICE:piper:en_US-joe-medium]Bye* `[voice:x]` \\[voice:y]"
    tokens = tokenize(script, "en")
    assert [(token.shown, token.speaker) for token in tokens] == [
        ("Hello,", ""), ("my", "anna"), ("*dear.", "anna"), ("Bye*", "piper:en_US-joe-medium"),
        ("[voice:x]", "piper:en_US-joe-medium"), ("[voice:y]", "piper:en_US-joe-medium"),
    ]  # fmt: skip
    assert [token.paragraph for token in tokens] == [True, False, True, False, False, False]
    assert script[tokens[1].start_char : tokens[1].end_char] == "my"
    assert shown_by_voice("[voice:a] One. [voice:b] [voice:c] Two. [voice:a] Three.").keys() == {"a", "c"}


def test_voices_are_read_in_their_own_languages() -> None:
    """What no voice is named for is in the script's."""
    tokens = tokenize("12 [voice:hans] 12", "en", languages={"hans": "de"})
    assert [token.spoken for token in tokens] == [("twelve",), ("zwölf",)]


@pytest.mark.parametrize(("script", "told"), [("[voice: ] a", "names no voice"), ("[voice:a\nb]", "is not closed")])
def test_malformed_voice_mark_is_refused(script: str, told: str) -> None:
    """The BadRequest on text says how it is written."""
    with pytest.raises(BadRequest, match=f"{told}: write it as") as caught:
        tokenize(script, "en")
    assert [issue.field for issue in caught.value.issues] == ["text"]
