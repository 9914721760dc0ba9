"""Spanish."""

from handler.text.languages.base import Language
from handler.text.numbers import NumberStyle

SPANISH = Language(
    NumberStyle("es", decimal_comma=True, point="coma"),
    percent="por ciento",
    conjunctions="y e o u pero porque aunque sino",
    joining_words="y e o u pero sino porque aunque mientras si cuando donde que quien como pues",
    leading_words="a al ante bajo con contra de del desde durante en entre hacia hasta para por según sin sobre tras",
    bound_words="un una unos unas el la los las mi mis tu tus su sus nuestro nuestra este esta estos estas no muy él "
    "ella es son era está están ha han se lo le",
    subject_words="yo tú",
    proof_sentences=(
        "Por la mañana el sol calienta el viejo puente de piedra, y los niños van caminando a la escuela.",
        "¿Sabes por qué el mar parece verde algunos días y azul otros?",
        "Gracias por escuchar; el próximo tren a la ciudad sale dentro de quince minutos.",
    ),
)
