"""Bytes → text: which encoding a file is in.

UTF-8, UTF-16 and UTF-32 are known by their marks, their zeros or their form. Everything else is one of `_CODE_PAGES`:
the one in which most characters outside ASCII are letters that its languages use, in places where they use them.
Detectors that go by statistics of a language need more text than a clip's transcript has.
"""

from __future__ import annotations

import codecs
import re
from functools import cache

from handler.text.characters import is_unspaced

SAMPLE_CHARS = 20_000  # of a text that a code page is judged by

_MARKS = (  # UTF-32 before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip

_SIGNS = "’‘“”„«»–—…€£¥©®°·•¿¡§¼½¾™‹›‚′″№"
_WESTERN = "àâäãåáæçèéêëìíîïñòóôöõøœùúûüÿßªº"
_CENTRAL = "ąćęłńóśźżáčďéěíňřšťúůýžöőüűäĺľôŕăâîşţșțđ"
# From common to rare: text in another code page has rare letters of a script.
_CYRILLIC = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфёъіїєґ"
_HAN = (
    "的一是不了在人有我他这这個个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然"
    "于心学么之都好看起发当没成只如事把还用第样道想作种开见明问力理尔点文几定本公特做外孩相西果走将月十实向声车全信重三"
    "机工物气每并别真打太新比才便夫再书部水像眼等体却加电主界门利海受听表德少克代员许先口由死安写性马光白或住难望教命花"
    "结乐色更拉东神记处让母父应直字场平报友关放至张认接告入笑内英军候民岁往何度山觉路带万男边风解叫任金快原吃妈变通师立象"
    "数四失满战远格士音轻目条呢病始达深完今提求清王化空业思切怎非找片罗钱语元喜曾离飞科言干流欢约各即指合反题必该论交终林请"
    "医晚制球决传画保读运及则房早院量苦火布品近坐产答星精视五连司巴奇管类未朋且婚台夜青北队久乎越观落尽形影红爸百令周吧识步"
    "希亚术留市半热送兴造谈容极随演收首根讲整式取照办强石古华谓拿计您装似足双妻尼转诉米称丽客南领节衣站黑刻统断福城故历惊脸"
    "國說時對過學發當沒還樣開見問點幾實聲車機氣這們來會後裡麼為個著種從經頭動樂東記處讓應場報關張認師數滿戰遠條達業語"
    "離飛歡約題該論請醫決傳畫讀運則產視連類觀盡紅識術熱興談極隨講辦強華謂計裝雙訴稱麗領節統斷歷驚臉聽氣步散親愛聞電話買賣"
    "日本京都月火水木金土私名前田山川今朝昨明毎週年先生語食飲行来見聞読書話買入出立休言思知何誰方手足目耳口心体力男女子父母"
    "友達元気天高安新古長多少早白黒赤青駅店車道町村海空雨雪花犬猫魚肉野菜茶酒朝昼夕晩午後間外内上下左右東西南北"
)
_HANGUL = (
    "이다는을를가에의은하고지서도한로나라사기어아시그리해니자수게스대들일인전만보제정부있으구여주것생오장장안상과동우원조거성세"
    "음없요미소마무말년신국면유공비경간연문중실물명진선신분살모학개방김민산책울좋날씨늘녕제갑네저습까려와야때었았했할될된되계속"
    "왜잘더많못너내당또관화용통통입력람름습립여행교회집밥먹마음친구감사합랑"
)
_THAI = "านรอกเงมยลวดทสตะปบคหแจพช่้ิีัุูำขใไโผซ์็ืถศธภึฟญณษฝฉฎฏฐ"
_GREEK = "αοιετσνηυρπκμλςωάίόέήγδθύχβφώξζψϊϋΐΰ"
_HEBREW = "יוהלאתרמבשנכדעםחפקטןגסצזךףץ"
_ARABIC = "اليمنوترهبدعفسكقحجشخأةصطذىإثزءغضئظآؤپچگ"
_BY_FREQUENCY = frozenset({_CYRILLIC, _THAI, _GREEK, _HEBREW, _ARABIC})
_CODE_PAGES: tuple[tuple[str, str, float], ...] = (  # with how much each is given ahead, as some are in wide use
    ("cp1252", _WESTERN, 0.06), ("cp1250", _CENTRAL, 0.0), ("iso8859_2", _CENTRAL, -0.01), ("cp1254", "ğışçöüâî", 0.0),
    ("cp1251", _CYRILLIC, 0.0), ("koi8_u", _CYRILLIC, -0.02), ("cp866", _CYRILLIC, -0.05),
    ("cp1253", _GREEK, 0.0), ("iso8859_7", _GREEK, -0.01), ("cp1255", _HEBREW, 0.0), ("cp1256", _ARABIC, 0.0),
    ("cp874", _THAI, 0.0), ("cp1257", "ąčęėįšųūžāēģīķļņõäöü", -0.05), ("cp1258", "ăâđêôơưáàéèíìóòúùý", -0.1),
    ("gb18030", _HAN, 0.0), ("cp932", _HAN, 0.0), ("big5hkscs", _HAN, -0.01), ("cp949", _HANGUL, 0.0),
    ("euc_jp", _HAN, -0.02), ("mac_roman", _WESTERN, -0.2), ("cp850", _WESTERN, -0.2), ("cp852", _CENTRAL, -0.2),
)  # fmt: skip
_LAST = frozenset("ςםןץףךىة")  # letters that end a word
_THAI_MARKS = frozenset("่้ิีัุูำ์็ืึ")
_FRENCH = {"õ": "e", "û": "trlm"}  # before other letters they are rather the Hungarian ones of code page 1250
_CP1252 = {byte: bytes([byte]).decode("cp1252", errors="ignore") or chr(byte) for byte in range(0x80, 0xA0)}
_GOOD = 0.5  # least mean score of a code page; below, the text is taken for Western
_NAMED_BONUS = 0.15  # for the encoding that the server or the file names
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_NAMED = re.compile(r"(?:charset|encoding)\s*+=\s*+(?:[\"']\s*+)?([\w.:-]{2,40})", re.IGNORECASE)
_TWICE = re.compile("[ÂÃâ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")


def decode(body: bytes, media_type: str = "") -> str | None:
    """The text of a file, with ``\\n`` as line breaks; None if it is not text. ``media_type`` may name a charset."""
    text = _unicode(body)
    if text is None:
        named = _NAMED.search(media_type) or _NAMED.search(body[:200].decode("latin-1"))
        text = _code_page(body, named[1].lower() if named else "")
    text = text.removeprefix("\ufeff").rstrip("\0\x1a").replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    # Text that was taken for Latin-1 once has control characters for the quotation marks of cp1252.
    text = _decoded_once(text).translate(_CP1252)
    return None if _CONTROL.search(text) else text


def _unicode(body: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return _strictly(body[len(mark) :], encoding)
    padding = len(body) - len(body.rstrip(b"\x00"))
    if b"\x00" in body[: len(body) - padding] or (padding == 1 and len(body) % 2 == 0):
        return _wide(body)
    try:
        return body.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError:
        return _damaged_utf8(body)


def _wide(body: bytes) -> str:
    """UTF-16 and UTF-32 without a mark: the zeros of ASCII characters say which. "\\1" for other bytes."""
    zeros = [body[at::4].count(0) for at in range(4)]
    by_most = {0: "utf-16-be", 1: "utf-16-le", 2: "utf-16-be", 3: "utf-16-le"}
    encoding = by_most[zeros.index(max(zeros))]
    if sum(zeros) * 2 > len(body):
        encoding = "utf-32-le" if zeros[0] < zeros[3] else "utf-32-be"
    return _strictly(body, encoding)


def _strictly(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError:
        return "\1"


def _damaged_utf8(body: bytes) -> str | None:
    """UTF-8 with few bytes of cp1252 in it, or cut within its last character."""
    text = body.decode("utf-8", errors="surrogateescape")
    bad = sum("\udc80" <= character <= "\udcff" for character in text)
    good = sum(character > "\x7f" for character in text) - bad
    if good < 2 * bad or good < 2:
        return None
    if bad < 4 and all("\udc80" <= character <= "\udcff" for character in text[-bad:]) and body[-bad] >= 0xC2:
        return text[:-bad]
    return re.sub("[\udc80-\udcff]", lambda found: _western(bytes([ord(found[0]) - 0xDC00])), text)


def _western(body: bytes) -> str:
    """cp1252, with Latin-1 where it has nothing."""
    return body.decode("latin-1").translate(_CP1252)


def _code_page(body: bytes, named: str) -> str:
    """The text in the code page that fits best."""
    best, text = _GOOD, None
    for encoding, letters, ahead in _CODE_PAGES:
        try:
            candidate = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        score = _score(candidate[:SAMPLE_CHARS], _expected(letters)) + ahead + _NAMED_BONUS * _same(encoding, named)
        if score > best + 1e-9:
            best, text = score, candidate
    return _western(body) if text is None else text


@cache
def _expected(letters: str) -> dict[str, float]:
    """The worth of each letter: 1, for rare letters of a script less."""
    if letters in _BY_FREQUENCY:
        worth = {letter: 1 - 0.6 * at / len(letters) for at, letter in enumerate(letters)}
    else:
        worth = dict.fromkeys(letters, 1.0)
    return worth | {letter.upper(): value for letter, value in worth.items() if len(letter.upper()) == 1}


def _same(encoding: str, named: str) -> bool:
    try:
        name = codecs.lookup(named).name
    except (LookupError, ValueError):
        return False
    aliases = {"iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949",
               "big5": "big5hkscs", "koi8-r": "koi8-u", "iso8859-9": "cp1254", "tis-620": "cp874"}  # fmt: skip
    return codecs.lookup(aliases.get(name, name)).name == codecs.lookup(encoding).name


def _score(text: str, expected: dict[str, float]) -> float:
    """The mean worth, at most 1, of the characters outside ASCII, each by where it stands."""
    worths = [
        _worth(character, text[at - 1 : at], text[at + 1 : at + 2], expected)
        for at, character in enumerate(text)
        if character > "\x7f"
    ]
    return sum(worths) / max(1, len(worths))


def _worth(character: str, before: str, after: str, expected: dict[str, float]) -> float:
    if character in _SIGNS:
        # An apostrophe stands between letters; a quotation mark or a sign of money does not.
        within = before.isalpha() and after.isalpha() and not is_unspaced(before)
        return 0.0 if within and character not in "’–—·" else 0.9
    if not character.isalpha() and character not in expected:
        return 0.8 if "\u3000" <= character <= "\u301f" or "\uff01" <= character <= "\uff5e" else 0.0
    latin = character < "\u0250" or "\u1e00" <= character <= "\u1eff"
    beside_ascii = any(one.isascii() and one.isalpha() for one in (before, after))
    if not latin and beside_ascii and not is_unspaced(character) and not "\uac00" <= character <= "\ud7a3":
        return -0.5  # letters of two scripts in one word
    if latin and not beside_ascii and (before.isalpha() or after.isalpha()):
        return 0.2  # words have few accented letters in a row
    if (character.isupper() and before.islower()) or (character in _LAST and after.isalpha()):
        return 0.0
    if character in _THAI_MARKS and not "\u0e01" <= before <= "\u0e4e":
        return 0.0
    if character in _FRENCH and after.lower() not in _FRENCH[character]:
        return 0.6
    if "\u3041" <= character <= "\u30ff":
        return 1.0
    return expected.get(character, 0.25 if latin else 0.1)


def _decoded_once(text: str) -> str:
    """The text, decoded again where UTF-8 was taken for cp1252 before it got here (``donâ€™t``)."""
    if not _TWICE.search(text):
        return text
    try:
        raw = b"".join(character.encode("cp1252", errors="ignore") or character.encode("latin-1") for character in text)
        return raw.decode("utf-8")
    except UnicodeError:
        return text
