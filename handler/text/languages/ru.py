"""Russian."""

from handler.text.languages.base import Language
from handler.text.numbers import NumberStyle

RUSSIAN = Language(
    NumberStyle("ru", decimal_comma=True, point="запятая"),
    percent="процентов",
    conjunctions="и или но а что",
    latin=False,
    proof_sentences=(
        "Утром солнце согревает старый каменный мост, и дети идут в школу.",
        "Ты знаешь, почему море иногда зелёное, а иногда синее?",
        "Спасибо за внимание; следующий поезд в город отправляется через пятнадцать минут.",
    ),
)
