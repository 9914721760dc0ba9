"""Aligners by name. To add one: a module with a class that implements `ports.Aligner`, and a row here."""

from handler.ports import Entry

ALIGNERS = {
    "sphinx": Entry("handler.aligners.sphinx:SphinxAligner", needs=("pocketsphinx",)),
}
