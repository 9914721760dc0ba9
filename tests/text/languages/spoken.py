"""What is spoken of a script, for the tests of languages."""

from handler.text import tokenize


def spoken(script: str, language: str) -> str:
    """The spoken words of all tokens, with a blank between."""
    return " ".join(word for token in tokenize(script, language) for word in token.spoken)
