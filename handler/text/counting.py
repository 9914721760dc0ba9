"""Number words of languages that num2words gets wrong, from a table of each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Counting:
    """How a Germanic language of the north counts. Words are in texts, between blanks.

    ``ones``: zero to nineteen; ``tens``: twenty to ninety; ``scales``: a million and millions, and so on.
    """

    ones: str
    tens: str
    hundred: str
    thousand: str
    scales: tuple[tuple[str, str], ...]
    one_of_scale: str  # "en" in "en miljon"
    ordinals: str  # from zero to nineteen
    ordinal_tens: str
    ordinal_ending: str  # of hundreds, thousands and millions
    ones_first: str = ""  # "og" where ones go before tens: "enogtyve"
    one_before_tens: str = ""  # "en" in "enogtyve"
    blank: str = ""  # between a number and "hundred" or "thousand"
    hundred_joint: str = ""  # " og " in "hundre og en"

    @property
    def digits(self) -> str:
        """The words for 0 to 9, for `NumberStyle`."""
        return " ".join(self.ones.split()[:10])

    def _below_hundred(self, number: int) -> str:
        ones, tens = self.ones.split(), self.tens.split()
        if number < 20:
            return ones[number]
        one = number % 10
        if not one:
            return tens[number // 10 - 2]
        if self.ones_first:
            first = self.one_before_tens if one == 1 else ones[one]
            return f"{first}{self.ones_first}{tens[number // 10 - 2]}"
        return f"{tens[number // 10 - 2]}{ones[one]}"

    def _below_thousand(self, number: int) -> str:
        hundreds, rest = divmod(number, 100)
        if not hundreds:
            return self._below_hundred(rest)
        ones = self.ones.split()
        words = self.hundred if hundreds == 1 else f"{ones[hundreds]}{self.blank}{self.hundred}"
        return f"{words}{self.hundred_joint}{self._below_hundred(rest)}" if rest else words

    def cardinal(self, number: int) -> str:
        """A whole number below 10^18."""
        if number < 1000:
            return self._below_thousand(number)
        words: list[str] = []
        for power, (one, several) in reversed(list(enumerate(self.scales, 2))):
            group = number // 1000**power % 1000
            if group:
                words.append(f"{self.one_of_scale} {one}" if group == 1 else f"{self._below_thousand(group)} {several}")
        thousands, rest = number // 1000 % 1000, number % 1000
        if thousands:
            several = f"{self._below_thousand(thousands)}{self.blank}{self.thousand}"
            words.append(self.thousand if thousands == 1 else several)
        if rest:
            joint = self.hundred_joint.strip() if rest < 100 else ""
            words += [joint, self._below_thousand(rest)]
        return " ".join(filter(None, words))

    def ordinal(self, number: int) -> str:
        """A whole number as an ordinal."""
        ones, tens = self.ordinals.split(), self.ordinal_tens.split()
        if number < 20:
            return ones[number]
        last = number % 100
        if not last:
            return f"{self.cardinal(number)}{self.ordinal_ending}"
        if self.ones_first and last >= 20:
            end = self._below_hundred(last).removesuffix(self.tens.split()[last // 10 - 2]) + tens[last // 10 - 2]
        elif last < 20:
            end = ones[last]
        else:
            end = f"{self.tens.split()[last // 10 - 2]}{ones[last % 10]}" if last % 10 else tens[last // 10 - 2]
        before = self.cardinal(number - last) if number > last else ""
        joint = self.hundred_joint or (" " if before else "")
        return f"{before}{joint if before and self.hundred_joint else ''}{end}"
