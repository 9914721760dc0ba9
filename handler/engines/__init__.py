"""Engines by name. To add one: a module with a class that implements `ports.Engine`, and a row here."""

from handler.ports import Entry

ENGINES = {
    "espeak": Entry("handler.engines.espeak:EspeakEngine", needs=("espeakng_loader",)),
}
