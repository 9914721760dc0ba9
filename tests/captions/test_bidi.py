import pytest

from handler.captions.bidi import base_direction, has_right_to_left, is_right_to_left, levels, visual_order, with_marks

MIRRORED = str.maketrans("()[]", ")(][")


def shown(text: str, right_to_left: bool) -> str:
    """A line as it is seen from left to right, for a player that pairs brackets."""
    found = levels(text, right_to_left)
    return "".join(text[i].translate(MIRRORED) if found[i] % 2 else text[i] for i in visual_order(found))


@pytest.mark.parametrize(
    ("line", "right_to_left", "seen"),
    [
        ("abc 12", False, "abc 12"),
        ("אבג 12", True, "12 גבא"),
        ("אב 12:30–14:00 גד", True, "דג 14:00–12:30 בא"),
        ("אב 1,234.5 גד", True, "דג 1,234.5 בא"),
        ("אב 5% גד", True, "דג 5% בא"),
        ("عم 5% عم", True, "مع %5 مع"),
        ("אב -5 גד", True, "דג 5- בא"),
        ("אב (abc) 5 גד", True, "דג 5 (abc) בא"),
        ("אב (גד) abc.", True, ".abc (דג) בא"),
        ("ab (גד) c", False, "ab (דג) c"),
        ("ab (גד, e) f", False, "ab (דג, e) f"),
        ("אב http://a.b/c?d=1!", True, "!http://a.b/c?d=1 בא"),
        ("في ٢٥ يونيو", True, "وينوي ٢٥ يف"),
        ("אב  ", True, "  בא"),
        ("א\u0301ב", True, "ב\u0301א"),
    ],
)
def test_line_is_seen_as_the_standard_has_it(line: str, right_to_left: bool, seen: str) -> None:
    """Numbers, their signs, brackets and words of both directions stand where UAX #9 puts them."""
    assert shown(line, right_to_left) == seen


@pytest.mark.parametrize("line", ["אב (abc) 5 גד", "ab (גד) 5", "iPhone אב (x [y]) גד", "abc. אב (1)", "(abc) א"])
@pytest.mark.parametrize("right_to_left", [False, True])
def test_marks_replace_the_pairing_of_brackets(line: str, right_to_left: bool) -> None:
    """With its marks a line is the same for a player that pairs no brackets and finds the direction by itself."""
    marked = "".join(with_marks(line, right_to_left))
    assert bool(is_right_to_left(marked)) is right_to_left
    found = levels(marked, right_to_left, pair_brackets=False)
    seen = "".join(marked[i].translate(MIRRORED) if found[i] % 2 else marked[i] for i in visual_order(found))
    assert seen.replace("\u200e", "").replace("\u200f", "") == shown(line, right_to_left)


def test_plain_lines_have_no_marks() -> None:
    """Lines of one direction need no mark."""
    for line, right_to_left in (("(abc) 12", False), ("אבג (דה) 12", True), ("", False)):
        assert "".join(with_marks(line, right_to_left)) == line


def test_direction_of_a_cue() -> None:
    """Words of one direction decide; with words of both, the script does, or else most of them, or else the first."""
    assert base_direction(["abc", "12", "def"], script=True) is False
    assert base_direction(["אבג", "12"], script=False) is True
    assert base_direction(["iPhone", "אבג"], script=True) is True
    assert base_direction(["אבג", "דה", "abc"], script=False) is False
    assert base_direction(["iPhone", "אבג", "דה"]) is True
    assert base_direction(["אבג", "abc"]) is True
    assert base_direction(["12"]) is False


def test_direction_of_a_text() -> None:
    """The first letter with a direction tells it; any letter tells that one is there."""
    assert (is_right_to_left("12 אב"), is_right_to_left("a אב"), is_right_to_left("12!")) == (True, False, None)
    assert has_right_to_left("a אב")
    assert not has_right_to_left("a 12!")
