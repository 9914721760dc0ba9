"""French."""

from handler.text.languages.base import Language
from handler.text.numbers import NumberStyle

FRENCH = Language(
    NumberStyle("fr", decimal_comma=True, point="virgule"),
    percent="pour cent",
    conjunctions="et ou mais car donc parce puis",
    joining_words="et mais ou donc or ni car que qui quand lorsque comme si parce puisque où dont",
    leading_words="à au aux avec chez contre dans de depuis derrière des devant du en entre par pour sans sous sur "
    "vers",
    bound_words="un une le la les mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs ce cet cette ces ne "
    "pas très elle nous vous elles est sont était a ont",
    subject_words="je tu il on ils",
    proof_sentences=(
        "Le matin, le soleil réchauffe le vieux pont de pierre, et les enfants partent à l'école.",
        "Sais-tu pourquoi la mer est verte certains jours et bleue les autres ?",
        "Merci de votre écoute ; le prochain train pour la ville part dans quinze minutes.",
    ),
)
