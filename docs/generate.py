"""Writes the tables of API.md and CONFIG.md and the OpenAPI document from the code, so that they cannot drift.

python docs/generate.py            write them
python docs/generate.py --check    exit 1 and say which document is out of date
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import typing
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from babel import Locale
from babel.numbers import format_currency
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from handler.aligners import ALIGNERS
from handler.app import make_services
from handler.captions import FORMATS, STYLES
from handler.dispatch import ENDPOINTS
from handler.engines import ENGINES
from handler.errors import WorkerError
from handler.http_api.api import Api
from handler.http_api.app import create_app
from handler.http_api.errors import STATUSES
from handler.http_api.job_queue import JobQueue
from handler.marks import MARKS
from handler.requests import CaptionStyle, ConsentInput, OneOf, ScriptFields, SpeechFields, Turn, VoiceFields
from handler.requests.book import ChapterRange
from handler.settings import BEST, ENGINE, GROUPS, NO_MARK, Settings
from handler.telemetry.job_trace import SIZES
from handler.text import cldr, tokenize
from handler.text.characters import is_unspaced
from handler.text.languages import LANGUAGES
from handler.text.languages.others import OTHERS
from handler.text.rules.signs import SILENT
from handler.warnings import WARNINGS

BOUNDS = {"ge": "≥ {}", "gt": "> {}", "le": "≤ {}", "lt": "< {}", "max_length": "at most {} characters"}
COUNTED = {"array": "items", "object": "entries"}
"""What the length of a type counts, if not characters."""
TABLES: dict[str, Iterable[str]] = {
    "engines": ENGINES,
    "formats": FORMATS,
    "presets": STYLES,
    "aligners": (*ALIGNERS, BEST),
    "timing_methods": (ENGINE, *ALIGNERS, BEST),
}
NAMES = {
    str: "string", int: "integer", float: "number", bool: "boolean", Path: "path", SecretStr: "string",
    CaptionStyle: "string or object", ChapterRange: "numbers and ranges",
}  # fmt: skip
"""Types as JSON names them."""


def request_table(model: type[BaseModel]) -> str:
    """A Markdown table of a request's fields: a script, then its own, then those that it inherits."""
    order: list[type] = [model, VoiceFields, SpeechFields]
    if issubclass(model, ScriptFields):
        order = [ScriptFields, VoiceFields, model, SpeechFields]

    def place(name: str) -> int:
        declarer = [base for base in model.__mro__ if name in getattr(base, "model_fields", ())][-1]
        return order.index(declarer) if declarer in order else len(order)

    fields = sorted(model.model_fields.items(), key=lambda field: place(field[0]))
    rows = [(f"`{name}`", _type(info), _default(info), info.description or "") for name, info in fields]
    return _table(("field", "type", "default", "meaning"), rows)


def options_tables() -> str:
    """A Markdown table for each engine that has options of its own."""
    own = {name: engine.options for name, engine in ENGINES.items() if engine.options}
    return "\n\n".join(f"Options of the engine `{name}`:\n\n{request_table(options)}" for name, options in own.items())


def settings_tables() -> str:
    """A Markdown table for each group of environment variables."""
    groups: dict[str, list[tuple[str, ...]]] = {}
    group = ""
    known = {"engines": f"array of {_names(ENGINES)}", "aligners": f"array of {_names(TABLES['timing_methods'])}"}
    known["ai_mark"] = f"array of {_names(MARKS)}, or `{NO_MARK}`"
    for name, info in Settings.model_fields.items():
        group = GROUPS.get(name, group)
        row = (f"`{name.upper()}`", known.get(name) or _type(info), _default(info), info.description or "")
        groups.setdefault(group, []).append(row)
    head = ("variable", "type", "default", "meaning")
    return "\n\n".join(f"### {group}\n\n{_table(head, rows)}" for group, rows in groups.items())


def errors_table() -> str:
    """A Markdown table of the error codes, with their statuses where they are answers over HTTP."""
    rows = [
        (
            f"`{error.code}`",
            str(STATUSES[error.code]),
            "yes" if error.retryable else "no",
            (error.__doc__ or "").partition("\n")[0],
        )
        for error in WorkerError.__subclasses__()
    ]
    return _table(("error_code", "status", "retryable", "meaning"), rows)


def warnings_table() -> str:
    """A Markdown table of the warning codes."""
    return _table(("code", "meaning"), [(f"`{code}`", meaning) for code, meaning in WARNINGS.items()])


def silent_table() -> str:
    """A Markdown table of the signs that are silent between words."""
    rows = [(" ".join(f"`{sign}`" if sign != "`" else "`` ` ``" for sign in signs).replace("|", "\\|"), reason)
            for signs, reason in SILENT.items()]  # fmt: skip
    return _table(("signs", "why"), rows)


def languages_table() -> str:
    """A Markdown table of the languages with facts of their own: an amount as CLDR writes it, and its spoken words."""
    rows = []
    for code, language in sorted(LANGUAGES.items()):
        if language in OTHERS or cldr.locale(code) is None:
            continue  # little is known of them
        written = format_currency(1250.5, "EUR", locale=code)
        spoken = [word for token in tokenize(written, code) for word in token.spoken]
        words = ("" if is_unspaced(spoken[0][0]) else " ").join(spoken)
        rows.append((f"`{code}`", str(Locale.parse(code).english_name), written, words))
    return _table(("code", "language", "written", "spoken"), rows)


def openapi_document() -> str:
    """The OpenAPI document of a server with the default settings."""
    with tempfile.TemporaryDirectory() as store:
        services = make_services(Settings.read({"LOCAL_STORE": store}))
        return json.dumps(create_app(Api(services, JobQueue(services))).openapi(), ensure_ascii=False, indent=2) + "\n"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in [head, ("---",) * len(head), *rows]]
    return "\n".join(lines)


def _type(info: FieldInfo) -> str:
    shown = _shown(info.annotation)
    alternatives = typing.get_args(info.annotation)
    # The limits of a type that may be left out stand inside: "LanguageTag | None".
    optional = alternatives if type(None) in alternatives else ()
    parts = [*info.metadata, *(mark for each in optional for mark in getattr(each, "__metadata__", ()))]
    for source in [parts, *(getattr(part, "metadata", []) for part in parts)]:
        for bound in source:
            for key, text in BOUNDS.items():
                value = getattr(bound, key, None)
                if value is not None:
                    text = text.replace("characters", COUNTED.get(shown.split()[0], "characters"))
                    shown += ", " + text.format(value)
    return shown


def _shown(annotation: Any) -> str:
    if annotation in NAMES:
        return NAMES[annotation]
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        names = [name for mark in arguments[1:] if isinstance(mark, OneOf) for name in TABLES.get(mark.names, ())]
        return _names(names) or _shown(arguments[0])
    if origin is typing.Literal:
        return _names(arguments)
    if origin is dict:
        return "object"
    if origin is tuple:
        return NAMES.get(annotation) or f"array of {_shown(arguments[0])}"
    if arguments:
        return " or ".join(_shown(argument) for argument in arguments if argument is not type(None))
    return "object"


def _names(names: Iterable[str]) -> str:
    return " · ".join(f"`{name}`" for name in names)


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "**required**"
    value = info.default
    if value in (None, "", ()):
        return ""
    if isinstance(value, tuple):
        return f"`{','.join(value)}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def sizes_table() -> str:
    """What stages tell of how much they worked on."""
    return _table(("size", "what it counts"), [(f"`{name}`", meaning) for name, meaning in SIZES.items()])


DOCUMENTS: dict[str, dict[str, Callable[[], str]]] = {
    "API.md": {
        **{name: partial(request_table, endpoint.model) for name, endpoint in ENDPOINTS.items()},
        "options": options_tables,
        "caption_style": lambda: request_table(CaptionStyle),
        "consent": lambda: request_table(ConsentInput),
        "turn": lambda: request_table(Turn),
        "errors": errors_table,
        "warnings": warnings_table,
    },
    "CONFIG.md": {"settings": settings_tables},
    "docs/telemetry.md": {"sizes": sizes_table},
    "docs/text.md": {"silent": silent_table, "languages": languages_table},
}

WHOLE_DOCUMENTS = {"docs/openapi.json": openapi_document}


def generated(document: str) -> str:
    """A document with each of its marked parts made anew; KeyError for a mark that means nothing."""
    if document in WHOLE_DOCUMENTS:
        return WHOLE_DOCUMENTS[document]()
    text = (ROOT / document).read_text("utf-8")
    return re.sub(
        r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)",
        lambda match: f"{match[1]}{DOCUMENTS[document][match[2]]()}\n{match[3]}",
        text,
        flags=re.DOTALL,
    )


def main() -> int:
    """Write the documents, or check them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    documents = [*DOCUMENTS, *WHOLE_DOCUMENTS]
    stale = [document for document in documents if generated(document) != (ROOT / document).read_text("utf-8")]
    for document in stale:
        if not check:
            (ROOT / document).write_text(generated(document), "utf-8")
    if check and stale:
        print(f"out of date: {', '.join(stale)}; run `make docs`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
