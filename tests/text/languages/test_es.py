"""Spanish: what is spoken of numbers, money, dates, signs and abbreviations."""

from __future__ import annotations

import pytest

from handler.text import tokenize
from tests.text.languages.spoken import spoken

NUMBERS = [
    ("12 500 aves y 1.250.000 peces", "doce mil quinientos aves y un millón doscientos cincuenta mil peces"),
    ("tengo 1 perro, 1 casa, 21 casas, 21 perros y 200 casas",
     "tengo un perro una casa veintiuna casas veintiún perros y doscientas casas"),
    ("31 días y 21 problemas", "treinta y un días y veintiún problemas"),
    ("el capítulo 1 trata de 1 tema", "el capítulo uno trata de un tema"),
    ("1 000 000 personas", "un millón de personas"),
    ("-3 y 3,14 y 0,05", "menos tres y tres coma catorce y cero coma cero cinco"),
    ("007 y 1001", "cero cero siete y mil uno"),
    ("2.000.000.000", "dos mil millones"),
]  # fmt: skip
MONEY = [
    ("son 2.500,50 € por 3 %", "son dos mil quinientos euros y cincuenta céntimos por tres por ciento"),
    ("1 €, 21 €, 101 €", "un euro veintiún euros ciento un euros"),
    ("£2, 21 £, 200 £", "dos libras veintiuna libras doscientas libras"),
    ("3.000.000 €, 5 M€, $5 mil", "tres millones de euros cinco millones de euros cinco mil dólares"),
    ("0,05 €, 1,01 $", "cinco céntimos un dólar y un centavo"),
    ("3 kr, 12 USD, usd 12, 4 R$", "tres coronas doce dólares doce dólares cuatro reales"),
    ("5 €/kg y 10-20 €", "cinco euros por kilogramo y diez a veinte euros"),
]
MEASURES = [
    ("1 h, 21 h, 2 kg, 200 mi", "una hora veintiuna horas dos kilogramos doscientas millas"),
    ("-8 °C, 20°C y 45°", "menos ocho grados centígrados veinte grados centígrados y cuarenta y cinco grados"),
    ("1,5 km y 1,01 mi", "uno coma cinco kilómetros y una coma cero una millas"),
    ("1/2 kg, 3/4 h, 2 1/2 h", "medio kilogramo tres cuartos de hora dos horas y media"),
    ("2 1/2 horas y ½ taza", "dos horas y media y media taza"),
    ("6 l/100 km", "seis litros cada cien kilómetros"),
]
ORDINALS = [
    ("1.º, 2.ª, 3.er, 1er, 2do, 3ra", "primero segunda tercer primer segundo tercera"),
    ("11.º, 12.ª, 21.º, 28.º", "undécimo duodécima vigesimoprimero vigesimoctavo"),
    ("el 28° aniversario, hace 28° hoy", "el vigesimoctavo aniversario hace veintiocho grados hoy"),
    ("vive en el 5ºB", "vive en el quinto B"),
    ("Felipe II, Isabel II, Luis XIV, Carlos V", "Felipe segundo Isabel segunda Luis catorce Carlos quinto"),
    ("el siglo xviii, el s. XX, cap. IV", "el siglo dieciocho el siglo veinte capítulo cuatro"),
    ("la II Guerra y el XV congreso", "la segunda Guerra y el decimoquinto congreso"),
]
FRACTIONS = [
    ("1/3, 2/5, 7/8", "un tercio dos quintos siete octavos"),
    ("1/11, 3/20, 1/32", "un onceavo tres veinteavos un treintaidosavo"),
    ("5/100, 1/1.000.000, 3/127", "cinco centésimos un millonésimo tres sobre ciento veintisiete"),
    ("-3 1/4", "menos tres y un cuarto"),
    ("24/7 y 50/50", "veinticuatro siete y cincuenta cincuenta"),
]
DATES = [
    ("el 1 de mayo de 2021", "el primero de mayo de dos mil veintiuno"),
    ("7/9/2019, 2019-09-07", "siete de septiembre de dos mil diecinueve siete de septiembre de dos mil diecinueve"),
    ("junio 3 1998", "tres de junio de mil novecientos noventa y ocho"),
    ("lun. 5 de enero", "lunes cinco de enero"),
    ("3-5 de mayo", "tres a cinco de mayo"),
    ("300 a. C.", "trescientos antes de Cristo"),
]
TIMES = [
    ("a las 17:20, a las 14.30 h", "a las diecisiete y veinte a las catorce y treinta"),
    ("3:00 p.m. y 9:15 a. m.", "tres de la tarde y nueve y quince de la mañana"),
    ("17h20, 2h30min, 45s", "diecisiete y veinte dos horas treinta minutos cuarenta y cinco segundos"),
    ("1:02:33", "una hora dos minutos y treinta y tres segundos"),
    ("20:00 gmt-3", "veinte gmt menos tres"),
    ("de 10:00-12:00", "de diez a doce"),
]
SIGNS = [
    ("2 + 3 - 1 = 4", "dos más tres menos uno es igual a cuatro"),
    ("10^-3, x², y³", "diez elevado a menos tres x al cuadrado y al cubo"),
    ("≠0, ±2, √9, 5 × 3, 8÷2", "distinto de cero más menos dos raíz cuadrada de nueve cinco por tres ocho entre dos"),
    ("5>3, a<b, ≤2", "cinco mayor que tres a menor que b menor o igual que dos"),
    ("16:9 y ganó 3:2", "dieciséis novenos y ganó tres a dos"),
    ("4x4, 2x, versión 2.0", "cuatro por cuatro dos veces versión dos punto cero"),
    ("38,5º", "treinta y ocho coma cinco grados"),
    ("1920x1080", "mil novecientos veinte por mil ochenta"),
    ("info@casa.es y www.sol.com/a_b", "info arroba casa punto es y W W W punto sol punto com barra a guion bajo b"),
]
NAMES = [
    ("+34 612 345 678", "más treinta y cuatro seis uno dos tres cuatro cinco seis siete ocho"),
    ("Tel. 912 345 678 ext. 12", "teléfono nueve uno dos tres cuatro cinco seis siete ocho extensión uno dos"),
    ("192.168.0.10", "uno nueve dos punto uno seis ocho punto cero punto uno cero"),
    ("RX4093 y B12 y 4B", "R X cuatro cero nueve tres y B doce y cuatro B"),
    ("la C/ Mayor n.º 5", "la calle Mayor número cinco"),
    ("el ADN y la ONU", "el A D N y la onu"),
]
CASES = [*NUMBERS, *MONEY, *MEASURES, *ORDINALS, *FRACTIONS, *DATES, *TIMES, *SIGNS, *NAMES]


@pytest.mark.parametrize(("script", "words"), CASES, ids=[script for script, _ in CASES])
def test_spanish_is_read_as_people_read_it(script: str, words: str) -> None:
    """Numbers agree with their noun, and every sign has its word."""
    assert spoken(script, "es") == words


@pytest.mark.parametrize(
    ("script", "language", "words"),
    [
        ("$1,250.50", "es-MX", "mil doscientos cincuenta pesos y cincuenta centavos"),
        ("3.5 km", "es-MX", "tres punto cinco kilómetros"),
        ("14.05", "es-US", "catorce punto cero cinco"),
        ("14.05", "es", "catorce y cinco"),
        ("$ 3.500", "es-AR", "tres mil quinientos pesos"),
    ],
)
def test_regions_have_their_separators_and_currency(script: str, language: str, words: str) -> None:
    """A region decides about the decimal sign and about the dollar sign."""
    assert spoken(script, language) == words


def test_abbreviations_end_no_sentence() -> None:
    """A full stop of a title is not heard; one at the end of a sentence is."""
    tokens = tokenize("El Sr. López y la Dra. Ruiz viven en EE. UU. desde ayer, etc. Luego vino.", "es")
    said = [(" ".join(token.spoken), token.mark) for token in tokens]
    assert ("señor", "") in said
    assert ("doctora", "") in said
    assert ("Estados Unidos", "") in said
    assert ("etcétera", ".") in said


def test_an_amount_is_one_token() -> None:
    """Captions show an amount with its sign as one word."""
    shown = [token.shown for token in tokenize("Son 2 500,50 € y 3 %.", "es")]
    assert shown == ["Son", "2 500,50 €", "y", "3 %."]
