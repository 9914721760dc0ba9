"""What a job needs from engines, aligners, stores and their like, as protocols that backends implement."""

from handler.protocols.listening import (
    Aligner,
    PrefixAligner,
    SpeakerModel,
    SpottingAligner,
    Transcriber,
    WarmAligner,
)
from handler.protocols.marks import FileMark, Mark, Origin, SoundMark, TagMark
from handler.protocols.services import QueueState, Services
from handler.protocols.speech import BatchEngine, Cloner, Engine, PacedEngine, SoundMaker, VoiceConverter
from handler.protocols.storage import ExpiringStore, FileStore, Store, list_all

__all__ = [
    "Aligner",
    "BatchEngine",
    "Cloner",
    "Engine",
    "ExpiringStore",
    "FileMark",
    "FileStore",
    "Mark",
    "Origin",
    "PacedEngine",
    "PrefixAligner",
    "QueueState",
    "Services",
    "SoundMaker",
    "SoundMark",
    "SpeakerModel",
    "SpottingAligner",
    "Store",
    "TagMark",
    "Transcriber",
    "VoiceConverter",
    "WarmAligner",
    "list_all",
]
