"""Whether the GPU still computes in this process: after most errors of CUDA nothing does, until it is replaced.

Part of the process, as the broken context of CUDA is. Errors that a job survives count, too, such as those of an
aligner: its next use would fail.
"""

from __future__ import annotations

import logging
import re
import threading

from handler.backends import memory

logger = logging.getLogger(__name__)

_broken = threading.Event()

_CUDA = re.compile(r"\b(CUDA( driver)? error|cuDNN error|CUBLAS_STATUS_|CUFFT_|CUSPARSE_STATUS_)")
"""In messages of RuntimeErrors: torch has a class of its own only for some of them."""


def is_broken() -> bool:
    """Whether the process should be replaced."""
    return _broken.is_set()


def notice(error: BaseException | None) -> None:
    """Remember that the device is broken, if an error or one of its causes says so. Too little memory does not."""
    following, seen = error, 0
    while following is not None and seen < MAX_CAUSES:
        if _is_fault(following) and not _broken.is_set():
            logger.error("the GPU is broken for this process: %s", str(following).partition("\n")[0])
            _broken.set()
        following, seen = following.__cause__ or following.__context__, seen + 1


MAX_CAUSES = 10


def _is_fault(error: BaseException) -> bool:
    if memory.is_shortage(error) or not isinstance(error, RuntimeError):
        return False
    return type(error).__name__ == "AcceleratorError" or bool(_CUDA.search(str(error)))
