import pytest

from handler.captions.emoji import find, split

ONE_EACH = "🎉 👍🏽 👩‍💻 👩‍❤️‍👨 🏳️‍🌈 👨‍👩‍👧‍👦 🧑🏿‍🚀 🇩🇪 🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣ #️⃣ ❤️ ☀️ ©️ 🕊 ⚡ ⛹🏻‍♀️ 👁️‍🗨️ ❤️‍🔥"


@pytest.mark.parametrize("emoji", ONE_EACH.split())
def test_what_is_drawn_as_one_is_one(emoji: str) -> None:
    """Joined people, skin tones, flags, keycaps and selected symbols are one emoji each."""
    assert find(emoji) == [emoji]
    assert find(f"a{emoji}{emoji}!") == [emoji, emoji]


@pytest.mark.parametrize("text", ["Hello, #1 * 2", "❤ ☀ © ™ ↔", "⚡\ufe0e", "漢字 שלום नमस्ते", "é\u200d", "\u20e3"])
def test_text_is_no_emoji(text: str) -> None:
    """Symbols that are text by default stay text, unless a selector says otherwise; so do digits and letters."""
    assert find(text) == []


def test_split_keeps_everything() -> None:
    """The parts together are the text."""
    text = f"Great {ONE_EACH}!? 12 漢"
    assert "".join(part for part, _ in split(text)) == text
    assert list(split("a🎉b")) == [("a", False), ("🎉", True), ("b", False)]
