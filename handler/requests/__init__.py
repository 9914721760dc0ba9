"""The fields of every request, a file a kind. Every problem is found at once and named by its field.

The tables of API.md are generated from here.
"""

from handler.requests.book import BookInput, ChapterRange
from handler.requests.caption_files import CaptionsInput, CaptionSource, LayoutInput
from handler.requests.captions import MAX_FORMATS, CaptionFields, Style
from handler.requests.fields import (
    AUTO,
    DEFAULT_LANGUAGE,
    MAX_ALIGNED_CHARS,
    MAX_LANGUAGE_CHARS,
    MAX_LEXICON_ENTRIES,
    MAX_TRACKS,
    MAX_URL_CHARS,
    Canvas,
    EngineOptions,
    JobInput,
    LanguageTag,
    Limits,
    OneOf,
    builtin_engine,
    is_language_tag,
    lexicon_name,
    script,
    spoken_voice,
    voice_name,
)
from handler.requests.generate import GenerateInput
from handler.requests.inspect import InspectInput
from handler.requests.jobs import DownloadInput, StatusInput, job_id_problem
from handler.requests.json_values import NotPlain, json_problem, parsed_json
from handler.requests.overlay import OverlayInput
from handler.requests.parsing import MAX_ISSUES, parse
from handler.requests.recordings import AlignInput, ConvertInput
from handler.requests.scripts import ScriptFields, TextInput, VoiceFields
from handler.requests.speech import SpeechFields
from handler.requests.style import CaptionStyle
from handler.requests.transcripts import MAX_PROMPT_CHARS, named_language
from handler.requests.turns import MAX_SPEED, MAX_TURNS, MAX_VOICES, MIN_SPEED, TURN_GAP, Turn
from handler.requests.voices import (
    CONSENT_ID_PATTERN,
    MAX_TAGS,
    MAX_TRANSCRIPT_CHARS,
    ConsentInput,
    DeleteVoiceInput,
    ListVoicesInput,
    UploadInput,
)

__all__ = [
    "AUTO",
    "CONSENT_ID_PATTERN",
    "DEFAULT_LANGUAGE",
    "MAX_ALIGNED_CHARS",
    "MAX_FORMATS",
    "MAX_ISSUES",
    "MAX_LANGUAGE_CHARS",
    "MAX_LEXICON_ENTRIES",
    "MAX_PROMPT_CHARS",
    "MAX_SPEED",
    "MAX_TAGS",
    "MAX_TRACKS",
    "MAX_TRANSCRIPT_CHARS",
    "MAX_TURNS",
    "MAX_URL_CHARS",
    "MAX_VOICES",
    "MIN_SPEED",
    "TURN_GAP",
    "AlignInput",
    "BookInput",
    "Canvas",
    "CaptionFields",
    "CaptionSource",
    "CaptionStyle",
    "CaptionsInput",
    "ChapterRange",
    "ConsentInput",
    "ConvertInput",
    "DeleteVoiceInput",
    "DownloadInput",
    "EngineOptions",
    "GenerateInput",
    "InspectInput",
    "JobInput",
    "LanguageTag",
    "LayoutInput",
    "Limits",
    "ListVoicesInput",
    "NotPlain",
    "OneOf",
    "OverlayInput",
    "ScriptFields",
    "SpeechFields",
    "StatusInput",
    "Style",
    "TextInput",
    "Turn",
    "UploadInput",
    "VoiceFields",
    "builtin_engine",
    "is_language_tag",
    "job_id_problem",
    "json_problem",
    "lexicon_name",
    "named_language",
    "parse",
    "parsed_json",
    "script",
    "spoken_voice",
    "voice_name",
]
