"""Lines with times, in captions that break the rules of their formats."""

from handler.captions.reading.timed_lines import untimed_numbers


def test_numbers_without_times_are_found() -> None:
    """A number of the row before text has lost its times; numbers that are words of a cue have not."""
    times = "00:00:0{}.000 --> 00:00:0{}.500\n"
    whole = "".join(f"{number}\n{times.format(number, number)}Word {number}\n\n" for number in range(1, 4))
    assert untimed_numbers(whole) == []
    for number in range(1, 4):
        assert untimed_numbers(whole.replace(times.format(number, number), "")) == [number]
    assert untimed_numbers(f"1\n{times.format(1, 1)}Count:\n\n42\nis all\n\n2\n{times.format(2, 2)}Yes\n") == []
