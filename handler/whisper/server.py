"""What runs in Whisper's process: it keeps one model, and answers the questions of `process.WhisperProcess`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent import futures
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any

from handler.backends import child_process
from handler.cancellation import POLL_S, current, in_thread
from handler.errors import Cancelled, ConfigError, WorkerError
from handler.whisper import alignment, transcription
from handler.whisper.process import CPU, CUDA, DeviceFailed

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

logger = logging.getLogger(__name__)

METHODS: dict[str, Callable[..., Any]] = {
    "find_speech": transcription.find_speech,
    "languages": transcription.languages,
    "detect_language": transcription.detect_language,
    "transcribe": transcription.transcribe,
    "align": alignment.align,
    "find": alignment.find,
    "prefix": alignment.prefix,
}
"""What can be asked. Each gets the model (None if the question has no folder), and the question's other arguments."""

COMPUTE_TYPES = {CUDA: "float16", CPU: "int8"}
WORKERS = {CUDA: 1, CPU: 2}
"""They share the weights. One may end a call that nobody waits for; on a GPU that takes no time."""

TOO_LITTLE_MEMORY = "the worker has too little memory to transcribe; send the words that are said"


class Server:
    """Loads a model with the first question about it, and frees the one before."""

    def __init__(self) -> None:
        self._loaded: tuple[str, str] | None = None
        self._model: WhisperModel | None = None

    def find_device(self) -> str:
        import ctranslate2

        return CUDA if ctranslate2.get_cuda_device_count() else CPU

    def answer(self, device: str, method: str, folder: str | None, *arguments: Any) -> Any:
        """What the method of METHODS returns. Raises DeviceFailed for errors of the GPU, else as `WhisperProcess`."""
        try:
            model = None if folder is None else self._load(device, folder)
            return METHODS[method](model, *arguments)
        except WorkerError:
            raise
        except MemoryError as error:
            logger.warning("there is too little memory for Whisper", exc_info=True)
            raise ConfigError(TOO_LITTLE_MEMORY) from error
        except RuntimeError as error:
            # CTranslate2 has no errors of its own: those of the GPU are RuntimeErrors, too.
            if device == CUDA:
                raise DeviceFailed(str(error)) from error
            raise

    def _load(self, device: str, folder: str) -> WhisperModel:
        if self._model is None or self._loaded != (device, folder):
            from faster_whisper import WhisperModel

            self._model = self._loaded = None
            try:
                self._model = WhisperModel(
                    folder,
                    device=device,
                    compute_type=COMPUTE_TYPES[device],
                    num_workers=WORKERS[device],
                    local_files_only=True,
                )
            except MemoryError:
                raise
            except Exception as error:
                if device == CUDA:
                    raise DeviceFailed(str(error)) from error
                logger.warning("Whisper's model cannot be loaded", exc_info=True)
                message = "the transcription model is damaged; send the words that are said, and have MODELS_DIR"
                raise ConfigError(f"{message} filled again") from error
            self._model.model = Interruptible(self._model.model)
            self._loaded = device, folder
        return self._model


class Interruptible:
    """CTranslate2's model, whose calls are left when nobody waits for the answer any longer.

    Nothing interrupts a call, which takes seconds on a CPU. It ends by itself, in the model's other worker, while the
    next question is answered. Encoding, writing down at each temperature and finding the words' times are calls of
    their own.
    """

    CALLS = frozenset({"encode", "generate", "align", "detect_language"})

    def __init__(self, model: Any) -> None:
        self._model = model
        self._left: Future[Any] | None = None

    def __getattr__(self, name: str) -> Any:
        current().check()
        found = getattr(self._model, name)
        return partial(self._call, found) if name in self.CALLS else found

    def _call(self, method: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        running = in_thread(partial(method, *arguments, **options))
        while True:
            try:
                return current().wait(running, timeout_s=POLL_S)
            except TimeoutError:
                continue
            except Cancelled:
                if self._left is not None and not self._left.done():
                    # Both workers are taken. The process is killed, if neither is free soon.
                    futures.wait((running, self._left), return_when=futures.FIRST_COMPLETED)
                if not running.done():
                    self._left = running
                raise


if __name__ == "__main__":
    import faster_whisper  # noqa: F401 - takes seconds, and the first question needs it

    server = Server()
    child_process.main({"find_device": server.find_device, "answer": server.answer})
