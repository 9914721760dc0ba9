"""Backends: the interchangeable parts (engines, aligners, …), as rows of tables, each created on first use."""

from handler.backends.pool import Pool
from handler.backends.registry import Backend, Registry

__all__ = ["Backend", "Pool", "Registry"]
