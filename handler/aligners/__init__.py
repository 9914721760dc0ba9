"""Aligners by name. To add one: a module with a class that implements `ports.Aligner`, and a row here."""

from handler.protocols import Entry

ALIGNERS = {
    "whisperx": Entry(
        "handler.aligners.whisper_x:WhisperXAligner",
        needs=("whisperx", "torch", "torchaudio", "transformers"),
        missing="handler.aligners.whisperx_models:missing",
        models="handler.aligners.whisperx_models:needed",
        languages="handler.aligners.whisperx_models:at_hand",
    ),
    "google": Entry(
        "handler.aligners.google_speech:GoogleSpeechAligner",
        needs=("grpc", "proto"),
        missing="handler.aligners.google_credentials:missing",
    ),
    "sphinx": Entry("handler.aligners.sphinx_process:SphinxProcess", needs=("pocketsphinx",)),
}
