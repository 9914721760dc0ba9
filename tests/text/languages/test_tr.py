"""Turkish is spoken as people read it."""

from __future__ import annotations

import pytest

from tests.text.languages.spoken import spoken


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("11, 101, 1000, 1001, 21.000", "on bir yüz bir bin bin bir yirmi bir bin"),
        ("1.000.000, 14 700", "bir milyon on dört bin yedi yüz"),
        ("%8, % 8, 8%, %8'i, %4-6", "yüzde sekiz yüzde sekiz yüzde sekiz yüzde sekizi yüzde dört ila altı"),
        ("7,30 TL, ₺4, 6 TL'ye, €2", "yedi lira otuz kuruş dört lira altı liraya iki avro"),
        ("2,5 milyar TL, 3 kg, 45 dk.", "iki virgül beş milyar lira üç kilogram kırk beş dakika"),
        ("80 km/h, -6 °C, 0,05 g", "saatte seksen kilometre eksi altı derece sıfır virgül sıfır beş gram"),
        ("3/4, 1/2, 2 1/2, 5/8", "dörtte üç yarım iki buçuk sekizde beş"),
        ("9-4=5, 10^-4", "dokuz eksi dört eşittir beş on üzeri eksi dört"),
    ],
)
def test_numbers_and_amounts(script: str, said: str) -> None:
    """Percent goes before its number; each part of a number is a word."""
    assert spoken(script, "tr") == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("4'üncü, 6'ncı, 3. kat, 2. Dünya", "dördüncü altıncı üçüncü kat ikinci Dünya"),
        ("Sayı 68. Sonra geldi.", "Sayı altmış sekiz Sonra geldi"),
        ("2019'da, 90'lar, 4'ü", "iki bin on dokuzda doksanlar dördü"),
        ("7 Haziran 2021, 07.06.2021", "yedi Haziran iki bin yirmi bir yedi Haziran iki bin yirmi bir"),
        ("saat 18.45, 18:45, saat 9.05'te", "saat on sekiz kırk beş on sekiz kırk beş saat dokuz sıfır beşte"),
        ("III. Selim, XIX. yüzyıl", "üçüncü Selim on dokuzuncu yüzyıl"),
        ("Dr. Can, vb. M.Ö. 44", "doktor Can ve benzeri milattan önce kırk dört"),
        ("0212 123 45 67", "sıfır iki yüz on iki yüz yirmi üç kırk beş altmış yedi"),
        ("a@b.com, ABD, IŞIK VAR", "a et b nokta com A B D ışık var"),
    ],
)
def test_ordinals_suffixes_and_dates(script: str, said: str) -> None:
    """A suffix after an apostrophe is part of the spoken word; a full stop inside a sentence makes an ordinal."""
    assert spoken(script, "tr") == said
