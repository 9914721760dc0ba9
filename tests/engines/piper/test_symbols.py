"""Words to ids and frames back to times, on tables made here."""

from __future__ import annotations

import numpy as np
import pytest

from handler.engines.piper.symbols import Group, encode, word_times

TABLE = {symbol: number for number, symbol in enumerate("_^$ ,.abc\u0303")}


def ids(text: str) -> list[int]:
    return [TABLE[symbol] for symbol in text]


def test_a_pad_follows_each_symbol_but_the_last() -> None:
    """A sentence begins and ends with its symbols, words are apart by a space, and marks are symbols."""
    encoded = encode([Group("ab", ","), Group("c", ".")], TABLE)
    assert encoded.ids == ids("^_a_b_,_ _c_._$")


def test_unknown_and_composed_symbols() -> None:
    """A composed letter is taken apart; a symbol that the voice lacks is left out."""
    encoded = encode([Group("ãxa")], TABLE)
    assert encoded.ids == ids("^_a_\u0303_a_$")


def test_words_meet_in_the_pad_before_the_space() -> None:
    """Words of a phrase share the pad between them; after a mark, and at the start, a word has its first symbol's."""
    encoded = encode([Group("a"), Group("b", ","), Group("c")], TABLE)
    assert encoded.ids == ids("^_a_ _b_,_ _c_$")
    frames = np.full(len(encoded.ids), 2, np.float32)
    times = word_times(encoded, frames, 0.5)
    assert [(time.start, time.end) for time in times if time] == [(2, 3.5), (3.5, 7.5), (12, 13.5)]


def test_silent_and_linked_words() -> None:
    """A word without a sound has no time and no space; words said at once share theirs evenly."""
    encoded = encode([Group("a"), Group(""), Group("b", count=2)], TABLE)
    assert encoded.ids == ids("^_a_ _b_$")
    first, silent, second, third = word_times(encoded, np.ones(len(encoded.ids), np.float32), 1.0)
    assert silent is None
    assert first
    assert second
    assert third
    assert second.end == third.start
    assert third.end - third.start == pytest.approx(second.end - second.start)
