"""Emoji: where they are in a text, and their colour pictures, which libass cannot draw."""

from handler.captions.emoji.pictures import available, drawable, picture
from handler.captions.emoji.sequences import SIDE, WIDTH, find, split

__all__ = ["SIDE", "WIDTH", "available", "drawable", "find", "picture", "split"]
