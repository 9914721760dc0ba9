"""Speaker models by name. To add one: a module with a class that implements `ports.SpeakerModel`, and a row here."""

from handler.protocols import Entry

SPEAKERS: dict[str, Entry] = {
    "wavlm": Entry(
        "handler.speakers.wavlm:WavLM", needs=("torch", "transformers"), models="handler.speakers.wavlm:needed"
    ),
}
