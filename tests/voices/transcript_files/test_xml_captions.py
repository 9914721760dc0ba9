"""Captions in XML give their words; bombs are refused."""

from __future__ import annotations

import pytest

from handler.errors import BadRequest
from handler.voices.transcript_files import read

IMSC = """<?xml version="1.0" encoding="UTF-8"?>
<tt:tt xmlns:tt="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" xml:lang="en">
  <tt:head><tt:metadata><ttm:title xmlns:ttm="m">A title</ttm:title></tt:metadata></tt:head>
  <tt:body><tt:div>
    <tt:p begin="00:00:00.000" end="00:00:02.000">Hello<tt:br/>there &amp; &nbsp;you</tt:p>
    <tt:p begin="2s" dur="1s"><tt:metadata>no</tt:metadata><tt:span tts:color="red">my
      friend</tt:span></tt:p>
  </tt:div></tt:body>
</tt:tt>"""


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (IMSC, "Hello there & you my friend"),
        (IMSC.replace("tt:", "").replace("xmlns:tt=", "xmlns="), "Hello there & you my friend"),
        ('<tt xmlns="http://www.w3.org/2006/04/ttaf1"><body><div><p begin="0s">R & D</p></div></body></tt>', "R & D"),
        (
            "<transcript><text start='0.1' dur='1.2'>it&amp;#39;s me</text><text start='1.4'>you</text></transcript>",
            "it's me you",
        ),
        (
            "<timedtext format='3'><head/><body><p t='1' d='9'><s>slice</s><s t='2'> the</s></p>"
            "<p t='9' d='1' a='1'>\n</p>"
            "<p t='10' d='9'><s>onion</s></p></body></timedtext>",
            "slice the onion",
        ),
        (
            "<SAMI><HEAD><STYLE>p{}</STYLE></HEAD><BODY><SYNC Start=1><P Class=EN>Hello<br>there"
            "<SYNC Start=2><P Class=EN>&nbsp;"
            "<SYNC Start=3><P Class=KR>안녕<SYNC Start=4><P Class=EN>you</BODY></SAMI>",
            "Hello there you",
        ),
    ],
)
def test_every_dialect_gives_the_words(body: str, words: str) -> None:
    """TTML with and without prefixes, YouTube's forms and one language of SAMI are read, without metadata."""
    assert read(body.encode()) == words


def test_rolling_ttml_is_read_once() -> None:
    """TTML that rolls gives each line once."""
    rows = ["the kettle is", "the kettle is<br/>on the stove", "on the stove<br/>now stir"]
    body = "".join(f'<p begin="{at}s" end="{at + 1}s">{row}</p>' for at, row in enumerate(rows))
    assert read(f"<tt><body>{body}</body></tt>".encode()) == "the kettle is on the stove now stir"


def test_the_named_encoding_is_used() -> None:
    """The encoding in the XML declaration is not taken for that of the decoded text."""
    body = '<?xml version="1.0" encoding="windows-1251"?><tt><body><p>Привет, мир</p></body></tt>'
    assert read(body.encode("cp1251")) == "Привет, мир"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ('<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;">]><tt><body><p>&c;</p></body></tt>', "entities"),
        ('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><tt><body><p>&b;</p></body></tt>', "entities"),
        ('<!DOCTYPE a [<!ENTITY % b SYSTEM "http://127.0.0.1/">%b;]><tt><body><p>x</p></body></tt>', "entities"),
        ("<tt><body><p>Hello</body></tt>", "broken XML"),
        ("<?xml version='1.0'?><rss><p>Hello</p></rss>", "'rss'"),
    ],
)
def test_bombs_and_other_xml_are_refused(body: str, word: str) -> None:
    """Declared entities, broken XML and XML of another kind are bad requests that say so."""
    with pytest.raises(BadRequest, match=word):
        read(body.encode())


def test_nesting_costs_no_stack() -> None:
    """Elements within elements are read however deep they are."""
    assert read(f"<tt><body><p>{'<span>' * 50_000}Hello{'</span>' * 50_000}</p></body></tt>".encode()) == "Hello"
