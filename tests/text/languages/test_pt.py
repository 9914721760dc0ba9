"""Portuguese: what is spoken of numbers, money, dates, signs and abbreviations."""

from __future__ import annotations

import pytest

from handler.text import tokenize
from tests.text.languages.spoken import spoken

CASES = [
    # Numbers and their genders.
    ("2 horas, 21 libras, 200 pessoas, 22 dias", "duas horas vinte e uma libras duzentas pessoas vinte e dois dias"),
    ("2 gramas e 1 pessoa", "dois gramas e uma pessoa"),
    ("1.250.000 seguidores", "um milhão duzentos e cinquenta mil seguidores"),
    ("3 000 000 pessoas", "três milhões de pessoas"),
    ("16, 17, 19, 1.000.000.000", "dezesseis dezessete dezenove um bilhão"),
    ("-2,50 e 0,05", "menos dois vírgula cinco zero e zero vírgula zero cinco"),
    # Money.
    ("R$ 50, R$ 1, R$0,05", "cinquenta reais um real cinco centavos"),
    ("R$ 2.500,50", "dois mil e quinhentos reais e cinquenta centavos"),
    ("R$ 3000000, R$ 3 mi, US$ 2 bi", "três milhões de reais três milhões de reais dois bilhões de dólares"),
    ("1,2 milhões, £ 2, € 1", "um vírgula dois milhões duas libras um euro"),
    ("R$ 5/kg", "cinco reais por quilograma"),
    # Measures and fractions.
    ("2 h, 500 ml, -5 °C, 45°", "duas horas quinhentos mililitros menos cinco graus Celsius quarenta e cinco graus"),
    ("1/2 kg, 2 1/2 horas, ½ xícara", "meio quilograma duas horas e meia meia xícara"),
    ("1/3, 3/4, 5/13, 7/1000", "um terço três quartos cinco treze avos sete milésimos"),
    ("3 1/4", "três e um quarto"),
    # Ordinals.
    ("1º, 2ª, 13º, 21ª", "primeiro segunda décimo terceiro vigésima primeira"),
    ("século XX, século V, D. Pedro II, Luís XIV", "século vinte século quinto dom Pedro segundo Luís catorze"),
    ("a II Guerra e o XXV congresso", "a segunda Guerra e o vigésimo quinto congresso"),
    # Dates and times.
    ("7/9/2022, 2022-09-07", "sete de setembro de dois mil e vinte e dois sete de setembro de dois mil e vinte e dois"),
    ("1 de maio, 15 mar. 1999", "primeiro de maio quinze de março de mil novecentos e noventa e nove"),
    ("às 17h20, 8h, 14:30, 21:00", "às dezessete horas e vinte oito horas catorze horas e trinta vinte e uma horas"),
    ("00:00 e 1h05", "zero horas e uma hora e cinco"),
    ("das 10h às 12h", "das dez horas às doze horas"),
    ("3:30 da tarde, 14:30 da tarde", "três horas e trinta da tarde duas horas e trinta da tarde"),
    # Signs and names.
    ("2*8=16, 5 - 3 = 2", "dois vezes oito é igual a dezesseis cinco menos três é igual a dois"),
    ("x², 10^-3, ±2", "x ao quadrado dez elevado a menos três mais ou menos dois"),
    ("16:9, placar 3:2, 10-20 €", "dezesseis por nove placar três a dois dez a vinte euros"),
    ("oi@sol.com.br", "oi arroba sol ponto com ponto B R"),
    ("+55 (11) 91234-5678", "mais cinco cinco um um nove um dois três quatro cinco seis sete oito"),
    ("CPF 123.456.789-09", "C P F um dois três quatro cinco seis sete oito nove zero nove"),
    ("10.0.0.12", "um zero ponto zero ponto zero ponto um dois"),
    ("Av. Brasil, n.º 5, p. ex. aqui", "avenida Brasil número cinco por exemplo aqui"),
]


@pytest.mark.parametrize(("script", "words"), CASES, ids=[script for script, _ in CASES])
def test_portuguese_is_read_as_people_read_it(script: str, words: str) -> None:
    """Numbers agree with their noun, and every sign has its word."""
    assert spoken(script, "pt") == words


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("16, 17, 19", "dezasseis dezassete dezanove"),
        ("2.000.000.000 €", "dois mil milhões de euros"),
        ("€ 1,20", "um euro e vinte cêntimos"),
        ("1 de maio", "um de maio"),
    ],
)
def test_portugal_has_its_own_numbers(script: str, words: str) -> None:
    """The region decides between the numbers of Brazil and of Portugal."""
    assert spoken(script, "pt-PT") == words


def test_titles_end_no_sentence() -> None:
    """A full stop of a title is not heard."""
    marks = {" ".join(token.spoken): token.mark for token in tokenize("O Sr. Silva e a Dra. Ana chegaram.", "pt")}
    assert (marks["senhor"], marks["doutora"], marks["chegaram"]) == ("", "", ".")
