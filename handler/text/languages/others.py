"""Languages of which little is known, in a row each. A language with more facts has its own file."""

from handler.text.languages.base import Language
from handler.text.numbers import NumberStyle

_COMMA_LATIN = "az ca eo eu gl is lt lv sk sl sq uz"
_COMMA_OTHER_SCRIPT = "be hy ka kk mk sr tg"
_OTHER_SCRIPT = "ab am as ba bn bo cv dz fa gu he km kn ky lo ml mn mr my ne or pa ps sa si te ti tt ug yi"

# fmt: off
OTHERS = (
    Language(NumberStyle("ar", point="فاصلة", currencies=False), percent="بالمئة",
             money=("دولار", "يورو", "جنيه", "ين"), latin=False),
    Language(NumberStyle("bg", decimal_comma=True, digits="нула едно две три четири пет шест седем осем девет"),
             latin=False),
    Language(NumberStyle("cs", decimal_comma=True, point="celá"), percent="procent", conjunctions="a i ale nebo že"),
    Language(NumberStyle("da", decimal_comma=True, point="komma"), percent="procent", conjunctions="og eller men"),
    Language(NumberStyle("el", decimal_comma=True, point="κόμμα", minus="μείον",
                         digits="μηδέν ένα δύο τρία τέσσερα πέντε έξι επτά οκτώ εννέα"),
             percent="τοις εκατό", money=("δολάρια", "ευρώ", "λίρες", "γιεν"), latin=False, prosody_marks={";": "?"}),
    Language(NumberStyle("et", decimal_comma=True, digits="null üks kaks kolm neli viis kuus seitse kaheksa üheksa")),
    Language(NumberStyle("fi", decimal_comma=True, point="pilkku"), percent="prosenttia"),
    Language(NumberStyle("hi", point="दशमलव", minus="ऋण", digits="शून्य एक दो तीन चार पाँच छह सात आठ नौ"),
             percent="प्रतिशत", money=("डॉलर", "यूरो", "पाउंड", "येन"), latin=False),
    Language(NumberStyle("hr", decimal_comma=True, digits="nula jedan dva tri četiri pet šest sedam osam devet")),
    Language(NumberStyle("hu", decimal_comma=True, point="egész"), percent="százalék"),
    Language(NumberStyle("id", decimal_comma=True, point="koma"), percent="persen"),
    Language(NumberStyle("ja", point="点"), percent="パーセント",
             money=("ドル", "ユーロ", "ポンド", "円"), latin=False),
    Language(NumberStyle("ko", point="점"), percent="퍼센트", money=("달러", "유로", "파운드", "엔"), latin=False),
    Language(NumberStyle("ms", digits="sifar satu dua tiga empat lima enam tujuh lapan sembilan")),
    Language(NumberStyle("nl", decimal_comma=True, point="komma"), percent="procent", conjunctions="en of maar omdat"),
    Language(NumberStyle("nn", decimal_comma=True, point="komma"), percent="prosent", conjunctions="og eller men"),
    Language(NumberStyle("no", decimal_comma=True, point="komma"), percent="prosent", conjunctions="og eller men"),
    Language(NumberStyle("pl", decimal_comma=True, point="przecinek"), percent="procent",
             conjunctions="i a ale lub że"),
    Language(NumberStyle("ro", decimal_comma=True), percent="la sută"),
    Language(NumberStyle("sv", decimal_comma=True, point="komma"), percent="procent", conjunctions="och eller men"),
    Language(NumberStyle("sw", digits="sifuri moja mbili tatu nne tano sita saba nane tisa")),
    Language(NumberStyle("ta", digits="பூஜ்யம் ஒன்று இரண்டு மூன்று நான்கு ஐந்து ஆறு ஏழு எட்டு ஒன்பது"), latin=False),
    Language(NumberStyle("th"), percent="เปอร์เซ็นต์", latin=False),
    Language(NumberStyle("tr", decimal_comma=True, point="virgül"), percent="yüzde", percent_first=True),
    Language(NumberStyle("uk", decimal_comma=True, point="кома"), percent="відсотків", conjunctions="і й та але або що",
             latin=False),
    Language(NumberStyle("ur", digits="صفر ایک دو تین چار پانچ چھ سات آٹھ نو"), latin=False),
    Language(NumberStyle("vi", decimal_comma=True, point="phẩy"), percent="phần trăm",
             money=("đô la", "euro", "bảng", "yên")),
    *(Language(NumberStyle(code, decimal_comma=True)) for code in _COMMA_LATIN.split()),
    *(Language(NumberStyle(code, decimal_comma=True), latin=False) for code in _COMMA_OTHER_SCRIPT.split()),
    *(Language(NumberStyle(code), latin=False) for code in _OTHER_SCRIPT.split()),
)
