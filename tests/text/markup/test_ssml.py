"""SSML: what its elements do, what has no effect, and what is refused."""

from __future__ import annotations

import pytest

from handler.errors import BadRequest
from handler.text import script_settings, tokenize
from handler.text.markup.ssml import MAX_DEPTH, is_ssml
from handler.text.source import read


def text(script: str, *, ssml: bool | None = None) -> str:
    return read(script, "en", ssml).text.replace("\u2029", "¶").replace("\ufffc", "~")


def spoken(script: str, language: str = "en") -> str:
    return " ".join(word for token in tokenize(script, language) for word in token.spoken)


@pytest.mark.parametrize(
    "script",
    ["<speak>a</speak>", "  <speak version='1.1' xml:lang='en'>a</speak>\n", "\ufeff<speak\n>a</speak>",
     '<?xml version="1.0" encoding="UTF-16"?>\n<speak>a</speak>', "<!-- x -->\n<speak>a</speak>",
     "```xml\n<speak>a</speak>\n```", "<?xml version='1.0'?>\n<!DOCTYPE speak>\n<speak>a</speak>"],
)  # fmt: skip
def test_documents_are_found(script: str) -> None:
    """With a declaration, a comment, a fence of Markdown, a type that is then refused."""
    assert is_ssml(script)


@pytest.mark.parametrize("script", ["speak", "a <speak>", "<speaker>x", "<b>x</b>", "```xml\n<a/>\n```", "<?php x ?>"])
def test_other_scripts_are_none(script: str) -> None:
    """A tag of another name, or one within the text."""
    assert not is_ssml(script)


def test_text_is_shown_without_tags() -> None:
    """Tags go, white space is a blank, paragraphs end, sentences without a full stop, too."""
    script = (
        "<?xml version='1.0'?>\n<speak>\n  <p><s>One</s><s>Two.</s></p>\n\n  T<emphasis level='strong'>hre</emphasis>e"
        " &lt;4&gt;\r\n five <![CDATA[a & b]]><!-- no --><mark name='m'/>\n</speak>"
    )
    assert text(script).strip() == "¶One¶Two.¶Three <4> five a & b"


def test_offsets_are_those_of_the_document() -> None:
    """Tokens slice the document at their words, in any script."""
    script = "<speak>日本 &amp; <emphasis>Österreich</emphasis>, x<break/>y</speak>"
    tokens = tokenize(script, "en")
    assert [script[token.start_char : token.end_char] for token in tokens][-4:] == [
        "&amp;",
        "Österreich</emphasis>,",
        "x",
        "y",
    ]


@pytest.mark.parametrize(
    ("tag", "seconds"),
    [
        ("<break/>", 0.75), ("<break time='3s'/>", 3.0), ("<break time='250ms'/>", 0.25),
        ("<break time='+1.5s'/>", 1.5),
        ("<break strength='x-strong'/>", 1.25), ("<break strength='none'/>", 0.0), ("<break time='0s'/>", 0.0),
        ("<break strength='weak'></break>", 0.5), ("<break strength='weak' time='1s'/>", 1.0),
    ],
)  # fmt: skip
def test_break_is_a_pause(tag: str, seconds: float) -> None:
    """By time, which goes first, or by strength."""
    assert tokenize(f"<speak>One {tag} two</speak>", "en")[0].pause_after == seconds


def test_words_of_their_own() -> None:
    """``sub``, ``say-as`` and ``phoneme`` show their text and speak other words."""
    script = (
        "<speak><sub alias='World Wide Web Consortium'>W3C</sub>, <say-as interpret-as='ordinal'>10</say-as> "
        "<sub alias='b'>a <emphasis>c</emphasis></sub>.</speak>"
    )
    tokens = tokenize(script, "en")
    assert [(token.shown, " ".join(token.spoken)) for token in tokens] == [
        ("W3C,", "World Wide Web Consortium"), ("10", "tenth"), ("a c.", "b"),
    ]  # fmt: skip
    assert script[tokens[1].start_char : tokens[1].end_char] == "<say-as interpret-as='ordinal'>10</say-as>"


def test_language_of_a_part_is_that_of_its_words() -> None:
    """Text in ``lang`` and ``xml:lang`` is read by the rules of that language; the rest by those of the script."""
    script = (
        "<speak>It is 3. <lang xml:lang='fr-FR'>Il a 23 ans</lang>, <p xml:lang='de'>Um 3 Uhr.</p> 4 "
        "(<lang xml:lang='de'>5</lang>)</speak>"
    )
    assert spoken(script) == "It is three Il a vingt trois ans Um drei Uhr four fünf"
    shown = [token.shown for token in tokenize(script, "en")]
    assert shown[6:8] == ["ans,", "Um"]
    assert shown[-1] == "(5)"


def test_pace_of_a_part_is_that_of_its_tokens() -> None:
    """By name, percent of the pace, difference, or number; nested ones multiply."""
    script = (
        "<speak>a <prosody rate='slow'>b</prosody> <prosody rate='80%'>c</prosody> <prosody rate='+50%'>d "
        "<prosody rate='50%'>e</prosody></prosody> <prosody rate='1.2'>f</prosody> "
        "<prosody rate='-20%'>g</prosody></speak>"
    )
    assert [token.rate for token in tokenize(script, "en")] == pytest.approx([1.0, 0.64, 0.8, 1.5, 0.75, 1.2, 0.8])


def test_what_stands_around_everything_is_a_setting() -> None:
    """Language, voice and pace of the whole document are not those of its parts."""
    script = (
        "<speak xml:lang='en-US'><voice name='anna'><prosody rate='120%'>Hello <b>you</b></prosody></voice></speak>"
    )
    found = script_settings(script)
    assert (found.language, found.voice, found.speed) == ("en-US", "anna", 1.2)
    assert [token.rate for token in tokenize(script, "en")] == [1.0, 1.0]


def test_language_of_most_is_a_setting() -> None:
    """The root's language is the script's, if a part has another."""
    assert script_settings("<speak xml:lang='en-US'>a <lang xml:lang='de'>b</lang></speak>").language == "en-US"
    assert script_settings("Plain **text**").language == ""


def test_elements_without_effect_are_one_warning() -> None:
    """It names each once; the text in them stays."""
    script = (
        "<speak><amazon:effect name='whispered'>a</amazon:effect> <mstts:express-as style='sad'>b</mstts:express-as> "
        "<prosody pitch='high' volume='loud'>c</prosody> <audio src='https://x.org/a.mp3'>d<desc>no</desc></audio> "
        "<w role='x'>e</w> "
        "<phoneme alphabet='x-sampa' ph='f'>f</phoneme> <say-as interpret-as='music'>g</say-as> "
        "h"
        "<amazon:effect name='drc'>i</amazon:effect></speak>"
    )
    (warning,) = script_settings(script).warnings
    assert warning.code == "ssml_ignored"
    for name in ("amazon:effect", "mstts:express-as", "prosody pitch", "prosody volume", "audio", "w",
                 "phoneme x-sampa",
                 "say-as music"):  # fmt: skip
        assert f"{name}," in warning.message or f"{name};" in warning.message
    assert text(script).strip() == "a b c d e f g hi"
    assert (
        script_settings("<speak>a <emphasis>b</emphasis> <mark name='m'/><bookmark mark='m'/></speak>").warnings == ()
    )


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("<speak>Tom & Jerry</speak>", "line 1, column 12.*write & as &amp;"),
        ("<speak>\n<p>a</speak>", "line 2, column 7.*<p> is open"),
        ("<speak>a", "ends before </speak>"), ("<speak>a</speak> b", "follows </speak>"),
        ("<speak>a&nbsp;b</speak>", "&#160;"),
        ("<!DOCTYPE x [<!ENTITY l 'l'>]><speak>&l;</speak>", "DOCTYPE"),
        ("<speak><?php x ?></speak>", "instruction 'php'"),
        ("<!DOCTYPE speak SYSTEM 'file:///etc/passwd'><speak>a</speak>", "DOCTYPE"),
        ("<speak>" + "<p>" * MAX_DEPTH + "a", "deep"),
        ("<speak " + " ".join(f"a{n}='1'" for n in range(20)) + ">a</speak>", "too large"),
        (f"<speak><p a='{'x' * 2000}'>a</p></speak>", "too large"), ("<speak>a<break time='40s'/></speak>", "too long"),
        ("<speak>a<break time='soon'/></speak>", "form 500ms"), ("<speak></speak>", "nothing to speak"),
        ("<speak><p a='1' a='2'>x</p></speak>", "twice"), ("<Speak>a</Speak>", "in small letters"),
        ("<speak>a <break time='1s'></speak>", "add </break>"), ("<speak>AT&T wins</speak>", "column 10"),
    ],
)  # fmt: skip
def test_unsafe_and_malformed_documents_are_refused(script: str, told: str) -> None:
    """The BadRequest on text says where and what it is."""
    with pytest.raises(BadRequest, match=told) as caught:
        tokenize(script, "en")
    assert [issue.field for issue in caught.value.issues] == ["text"]


def test_voices_take_turns() -> None:
    """What two voices say is apart, a paragraph each if it is a sentence."""
    turns = "<speak><voice name='a'>Hi.</voice><voice name='b'>You</voice><voice name='c'>too</voice>, c.</speak>"
    assert text(turns).strip(" ¶") == "Hi.¶You too, c."
    assert [token.speaker for token in tokenize(turns, "en")] == ["a", "b", "c", ""]


@pytest.mark.parametrize(
    ("element", "named"),
    [("<break strength='huge'/>", "break strength huge"), ("<say-as>5</say-as>", "say-as without interpret-as"),
     ("<phoneme ph='ˈw@stə'>c</phoneme>", "phoneme ipa /ˈw@stə/"), ("<phoneme>c</phoneme>", "phoneme ipa //")],
)  # fmt: skip
def test_wrong_values_are_named(element: str, named: str) -> None:
    """A value that means nothing is in the warning, and the text is spoken as usual."""
    (warning,) = script_settings(f"<speak>a {element} b</speak>").warnings
    assert f"have no effect: {named}; " in warning.message
    assert not any(token.phonemes for token in tokenize(f"<speak>a {element} b</speak>", "en"))


def test_phonemes_need_no_sign_of_their_own() -> None:
    """``ph`` is IPA whatever it looks like, unlike the round part of a mark."""
    (token,) = tokenize("<speak><phoneme alphabet='ipa' ph='win'>Nguyen</phoneme></speak>", "en")
    assert (token.shown, token.phonemes) == ("Nguyen", ("win",))


def test_field_decides() -> None:
    """With ``ssml`` true a part of a document is one; with false a document is text."""
    assert text("a <break/> b &amp; c", ssml=True) == "a ~ b & c"
    assert text("<speak>a</speak>", ssml=False) == "<speak>a</speak>"
    with pytest.raises(BadRequest, match=r"column 3.*leave out ssml if the text is not SSML"):
        text("AT&T wins", ssml=True)
