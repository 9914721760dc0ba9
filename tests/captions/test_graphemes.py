from handler.captions.graphemes import graphemes


def test_emoji_stay_whole() -> None:
    """Flags, keycaps and skin tones are one letter each, beside letters with accents."""
    assert graphemes("e\u0301🇩🇪🇫🇷1️⃣👍🏽x") == ["e\u0301", "🇩🇪", "🇫🇷", "1️⃣", "👍🏽", "x"]
    assert graphemes("abc") == ["a", "b", "c"]
