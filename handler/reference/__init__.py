"""A voice's clip: is it good enough, does its transcript belong to it, and where are both cut."""

from handler.reference.clip import MAX_CLIP, NOT_COMPARED, SAMPLE_RATE, Prepared, prepare
from handler.reference.levels import inspect
from handler.reference.transcript import Misfit

__all__ = ["MAX_CLIP", "NOT_COMPARED", "SAMPLE_RATE", "Misfit", "Prepared", "inspect", "prepare"]
