"""Engines by name. To add one: a module with a class that implements `ports.Engine`, and a row here."""

from handler.protocols import Entry

ENGINES = {
    "f5": Entry(
        "handler.engines.f5.engine:F5Engine",
        needs=("torch", "f5_tts", "vocos"),
        missing="handler.engines.f5.files:missing",
        models="handler.engines.f5.files:needed",
    ),
    "espeak": Entry("handler.engines.espeak:EspeakEngine", needs=("espeakng_loader",)),
}
