"""Web and mail addresses, handles, hashtags, file names: their signs by name."""

from __future__ import annotations

import re

from handler.text.characters import word_set
from handler.text.languages.base import Context, Language, Rule
from handler.text.patterns import OTHER

_SCHEME = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)
_DOMAINS = (
    "com|org|net|edu|gov|io|ai|co|uk|de|fr|es|it|jp|cn|ru|br|in|ca|au|tv|me|info|biz|app|dev|us|eu|nl|ch|se|no|xyz|shop|"
    "online|site|blog|ly|gg|fm|be|at|pl|pt|kr|tr|ua|vn|hu|mx|ar|cl|tw|hk|cz|dk|fi|gr|ie|nz|za|cloud|store|tech|news|"
    "video|live|world|club|gl|to"
)
_ENDINGS = word_set(
    "pdf jpg png gif svg mp3 mp4 txt csv html htm css js php py xml exe zip tar gz wav avi mov mkv doc docx xls xlsx "
    "ppt pptx srt vtt ass ogg flac json yml yaml md log ini sh cfg jpeg webm webp"
)
_SPELLED_DOMAINS = word_set("http https io ai uk de fr jp cn br ca tv us eu nl ch xyz gg fm ly www")


def say_address(text: str, language: Language, *, file: bool = False) -> str:
    """An address with its signs by name, its short domains and long figures spelled.

    Figures of at most three digits in the name of a ``file`` are a number.
    """
    words: list[str] = []
    address = text if language.speaks_scheme else _SCHEME.sub("", text)
    for part in re.findall(r"(?<=\.)(?i:mp[34])(?!\w)|\d+|[^\W\d_]+|.", address.rstrip("/")):
        if part.isdigit():
            whole = len(part) <= 3 if file else len(part) <= 2 and not language.address_digits
            words.append(language.cardinal(part) if whole else language.digits(part))
        elif part.isalnum():
            words.append(_say_part(part, language, ending=bool(words)))
        else:
            words.append(language.address_sign(part))
    return " ".join(words)


def _say_part(part: str, language: Language, *, ending: bool) -> str:
    """Letters of an address. An ``ending`` may have words of its own."""
    low = part.lower()
    if ending and low in language.address_words:
        return language.address_words[low]
    if low in _SPELLED_DOMAINS or low in _ENDINGS or low in language.spelled_domains.split():
        pieces = re.findall(r"\d|\D+", part)
        return " ".join(language.cardinal(piece) if piece.isdigit() else language.spelled(piece) for piece in pieces)
    return language.address_word(part)


def _address(found: re.Match[str], context: Context) -> str:
    return say_address(found.group(), context.language)


def _path(found: re.Match[str], context: Context) -> str:
    """A path of folders with its slashes, which tell it from words."""
    parts = re.findall(r"\d+|[^\W\d_]+|.", found.group())
    language = context.language
    return " ".join(
        language.digits(part) if part.isdigit() else part if part.isalpha() else language.address_sign(part)
        for part in parts
    )


def _file(found: re.Match[str], context: Context) -> str | None:
    known = found["ending"].lower() in _ENDINGS
    return say_address(found.group(), context.language, file=True) if known else None


def _tag(found: re.Match[str], context: Context) -> str:
    words = re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d])|(?<=[a-z])(?=[A-Z])|_", " ", found["tag"]).split()
    spoken = (context.language.cardinal(word) if word.isdigit() else word for word in words)
    name = context.language.address_words.get("hashtag") or context.language.address_word("hashtag")
    return " ".join([name, *spoken])


def rules(_language: Language) -> tuple[Rule, ...]:
    """The rules of addresses."""
    return tuple(
        Rule(pattern, speak, amount=False, start=r"(?<![\w@.+&-])", end=rf"(?![\w{OTHER}])")
        for pattern, speak in (
            (r"(?:[\w+&-]{1,64}[.!]){0,8}[\w+&-]{1,64}@[\w-]+(?:\.[\w-]+)+(?:/[\w-]+)*", _address),
            (r"(?i:https?://|ftp://|www\.)[^\s\x01\x02\"'<>]*[^\s\x01\x02\"'<>.,;:!?)\]]", _address),
            (r"(?:[A-Za-z]:)?(?:[/\\][A-Za-z_](?:[\w.-]{0,60}[\w-])?){2,12}[/\\]?", _path),
            (r"@[A-Za-z_]\w*(?:\.\w+)*", _address),
            (r"#(?P<tag>(?:\d{1,4}(?=[A-Z][a-z]{2}))?[^\W\d]\w*)", _tag),
            (
                rf"[A-Za-z][A-Za-z\d-]*(?:\.[A-Za-z\d-]+)*\.(?:{_DOMAINS})(?:[/?#][^\s\x01\x02]*[\w/])?(?![\w.]*\w)",
                _address,
            ),
            (r"[\w-]+(?:\.[\w-]+)*\.(?P<ending>[A-Za-z]{2,4}\d?)", _file),
        )
    )
