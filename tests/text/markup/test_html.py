"""Tags of HTML, told from what only looks like one."""

from __future__ import annotations

import pytest

from handler.text.markup import html


@pytest.mark.parametrize(
    ("tag", "left"),
    [("<b>", ""), ("</EM>", ""), ('<a href="x">', ""), ("<h2>", "¶"), ("</p>", "¶"), ("<hr/>", "¶"), ("<br />", "\n")],
)
def test_tags_leave_nothing_or_a_break(tag: str, left: str) -> None:
    """Those within a line nothing, blocks the end of a paragraph."""
    assert html.stands_for(tag, tag, len(tag), "¶") == left


@pytest.mark.parametrize("tag", ["<laughs>", "<b and c>", "<stdio>", "<T>"])
def test_other_words_in_brackets_are_none(tag: str) -> None:
    """Sounds, comparisons and names of code."""
    assert html.stands_for(tag, tag, len(tag), "¶") is None


def test_cell_has_a_comma_before_the_next() -> None:
    """The last one of a row has none."""
    row = "<td>a</td> <td>b</td></tr>"
    assert html.stands_for("</td>", row, row.index("</td>") + 5, "¶") == ", "
    assert html.stands_for("</td>", row, row.rindex("</td>") + 5, "¶") == ""


def test_attributes_are_found() -> None:
    """The text of a picture, the length of a pause."""
    tag = "<img src='a.png' alt='A dog'>"
    assert tag[slice(*html.alternative(tag))] == "A dog"
    assert html.alternative("<img src='a.png'>") == (0, 0)
    assert html.pause_length("<break time='1.5s'/>") == "1.5s"
    assert html.pause_length("<b time='1s'>") is None
