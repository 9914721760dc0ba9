"""Hindi reads figures, amounts, dates, times and addresses as people do."""

from __future__ import annotations

import pytest

from tests.text.languages.spoken import spoken


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("47, १३८, 2,50,000", "सैंतालीस एक सौ अड़तीस दो लाख पचास हज़ार"),
        ("3,00,00,000 और 5.07", "तीन करोड़ और पाँच दशमलव शून्य सात"),
        ("-8 से कम", "माइनस आठ से कम"),
        ("2/3, 4 1/2", "दो बटा तीन चार और एक बटा दो"),
    ],
)
def test_numbers_are_in_lakh_and_crore(script: str, said: str) -> None:
    """Whole numbers, decimals and fractions, in digits of both scripts."""
    assert spoken(script, "hi") == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("₹1, ₹86, ₹7.25", "एक रुपया छियासी रुपए सात रुपए पच्चीस पैसे"),
        ("$3.40, £6, ₺9", "तीन डॉलर चालीस सेंट छह पाउंड नौ लीरा"),
        ("Rs 750 और 12%", "सात सौ पचास रुपए और बारह प्रतिशत"),
        ("4.5 yr, 1.5 yr, 62 km/hr", "साढ़े चार साल डेढ़ साल बासठ किलोमीटर प्रति घंटा"),
        ("31 °C, 44 lb", "इकतीस डिग्री सेल्सियस चौवालीस पाउंड"),
    ],
)
def test_amounts_have_their_nouns(script: str, said: str) -> None:
    """Money with its hundredths, percent and measures; halves have words of their own."""
    assert spoken(script, "hi") == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("21-06-2019", "इक्कीस जून दो हज़ार उन्नीस"),
        ("15-08, 03-2011", "पंद्रह अगस्त मार्च दो हज़ार ग्यारह"),
        ("सन 1857 में", "सन अठारह सौ सत्तावन में"),
        ("7:00, 9:45, 6:05:30", "सात बजे नौ बजकर पैंतालीस मिनट छह बजकर पाँच मिनट तीस सेकंड"),
        ("50 ई. पू.", "पचास ईसा पूर्व"),
    ],
)
def test_dates_and_times(script: str, said: str) -> None:
    """Years of the second millennium are read in hundreds."""
    assert spoken(script, "hi") == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("1ला, 2रा, 3री, 4था, 6ठी, 52वां", "पहला दूसरा तीसरी चौथा छठी बावनवां"),
        ("3rd, 11th", "थर्ड इलेवंथ"),
    ],
)
def test_ordinals(script: str, said: str) -> None:
    """The first ordinals have roots of their own, and English ordinals their English names."""
    assert spoken(script, "hi") == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("16/2, महात्मा गांधी रोड", "एक छह बटा दो महात्मा गांधी रोड"),
        ("इस रोड पर 16 दुकानें हैं", "इस रोड पर सोलह दुकानें हैं"),
        ("पिन कोड 560034", "पिन कोड पाँच छह शून्य शून्य तीन चार"),
        ("+91 9845012345", "प्लस नौ एक नौ आठ चार पाँच शून्य एक दो तीन चार पाँच"),
        ("ravi7@gmail.com", "आर ए वी आई सात एट जीमेल डॉट कॉम"),
        ("डॉ. मेहता", "डॉक्टर मेहता"),
    ],
)
def test_addresses_numbers_and_titles(script: str, said: str) -> None:
    """House numbers, codes and telephones are read digit by digit; a sentence with a verb is no address."""
    assert spoken(script, "hi") == said
