"""Portuguese."""

from handler.text.languages.base import Language
from handler.text.numbers import NumberStyle

# num2words shortens its own minus with every amount of money.
PORTUGUESE = Language(
    NumberStyle("pt", decimal_comma=True, point="vírgula", minus="menos"),
    percent="por cento",
    conjunctions="e ou mas porém porque",
    joining_words="e ou mas porque embora enquanto se quando onde que quem como pois",
    leading_words="a ao à até com contra de do da dos das desde em no na nos nas entre para pela pelo por sem sob "
    "sobre",
    bound_words="um uma o os as meu minha teu tua seu sua nosso nossa este esta não muito você ele ela nós é são era "
    "está tem têm",
    subject_words="eu tu",
)
