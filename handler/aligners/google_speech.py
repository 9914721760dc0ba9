"""The aligner `google`: matches the script to a transcript with word times by Google Cloud Speech-to-Text (v1)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count
from threading import Event
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from handler.aligners import google_credentials, google_limits
from handler.aligners.transcript_matching import RecognisedWord, match
from handler.cancellation import Cancellation, current
from handler.errors import AlignerFailed, AlignmentError, ConfigError, WorkerError, quoted
from handler.media import audio
from handler.settings import Settings
from handler.types import Samples, Span, WordTime

if TYPE_CHECKING:
    from google.api_core.exceptions import GoogleAPICallError
    from google.api_core.retry import Retry
    from google.auth.credentials import Credentials
    from google.cloud.speech_v1 import SpeechClient
    from google.cloud.speech_v1.types import RecognitionConfig, RecognizeRequest, RecognizeResponse

logger = logging.getLogger(__name__)

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
MAX_PARALLEL_REQUESTS = 4  # for one recording
TIME_STEP_S = 0.1  # Google's times are multiples of it
REQUEST_TIMEOUT_S = 60.0
RETRIES = 2
MAX_FIRST_DELAY_S = 0.5  # the second delay is up to twice as long

_NO_TOKEN = "its credentials were refused before the call; make a new key of the service account"
# Messages by gRPC status.
_REFUSALS = {
    "PERMISSION_DENIED": "Google refused: enable the Cloud Speech-to-Text API and billing in the credentials' project, "
    "and let their account use it",
    "UNAUTHENTICATED": "Google does not accept the credentials; make a new key of the service account",
    "RESOURCE_EXHAUSTED": "the project's quota of Cloud Speech-to-Text is used up; raise it, or use another "
    "timing_method",
    "DEADLINE_EXCEEDED": "Google did not answer in time; try again later, or use another timing_method",
    "UNAVAILABLE": "Google could not be reached; let the worker reach the internet, or use another timing_method",
}
_RETRYABLE = {"DEADLINE_EXCEEDED", "UNAVAILABLE", "RESOURCE_EXHAUSTED"}


class GoogleSpeechAligner:
    """Sends the audio and the script's words to Google, which bills for it, and takes the times of its transcript.

    Script words that Google transcribed differently have no time. Google's times are multiples of TIME_STEP_S and
    include the pause around a word, so they are cut to its sound.
    """

    name = "google"

    def __init__(self, settings: Settings) -> None:
        """Raises ConfigError for credentials that cannot work. Uses no network."""
        self._client = _client(settings)

    def speaks(self, language: str) -> bool:
        """Any language: Google itself refuses those that it does not know."""
        return bool(language.strip())

    def align(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """One time for each word, None for one that is not in Google's transcript.

        Confidence is Google's own, times how well the transcript fits the script. Raises AlignmentError if there is
        no speech, and AlignerFailed, with the remedy, if Google refuses or cannot be reached.
        """
        rate = min(max(sample_rate, google_limits.MIN_RATE_HZ), google_limits.MAX_RATE_HZ)
        # At its own level: what is quiet in it is not sent.
        resampled = audio.prepare_for_alignment(samples, sample_rate, rate, level=False)
        spans = google_limits.pieces(resampled, rate)
        hints = google_limits.phrases(words)

        cancellation, failed = current(), Event()

        def recognise(span: Span) -> list[RecognisedWord]:
            cancellation.check()
            if failed.is_set():
                return []
            near = google_limits.nearest(hints, (span.start + span.end) / 2 / len(resampled))
            piece = resampled[span.start : span.end]
            try:
                return self._recognise(piece, rate, near, language, span.start / rate, cancellation)
            except WorkerError:
                # The pieces that wait are not sent any more; whatever they give, `map` raises this.
                failed.set()
                raise

        with ThreadPoolExecutor(MAX_PARALLEL_REQUESTS, thread_name_prefix="google-speech") as pool:
            recognised = [word for piece in pool.map(recognise, spans) for word in piece]
        if not recognised:
            raise AlignmentError("audio: Google found no words in it; check that it is speech in the language given")
        return match(words, recognised, len(resampled) / rate, language)

    def _recognise(
        self,
        samples: Samples,
        rate: int,
        hints: Sequence[str],
        language: str,
        offset: float,
        cancellation: Cancellation,
    ) -> list[RecognisedWord]:
        """Transcribe one piece, which starts ``offset`` seconds into the recording."""
        from google.api_core.exceptions import GoogleAPICallError, RetryError
        from google.api_core.gapic_v1.method import wrap_method
        from google.api_core.timeout import ConstantTimeout
        from google.cloud.speech_v1.services.speech.transports.base import DEFAULT_CLIENT_INFO
        from google.cloud.speech_v1.types import RecognitionAudio, RecognizeRequest

        sound = (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
        request = RecognizeRequest(config=_config(rate, hints, language), audio=RecognitionAudio(content=sound))
        attempt = partial(self._call, cancellation)
        recognize = wrap_method(attempt, client_info=DEFAULT_CLIENT_INFO)  # type: ignore[no-untyped-call]
        try:
            # A plain number would limit all attempts together.
            each = ConstantTimeout(REQUEST_TIMEOUT_S)  # type: ignore[no-untyped-call]
            response = recognize(request, retry=_retry(cancellation), timeout=each)
        except RetryError as error:
            raise AlignerFailed(_REFUSALS["DEADLINE_EXCEEDED"], retryable=True) from error
        except GoogleAPICallError as error:
            raise _refused(error, language) from error
        return _within_sound(_words(response), samples, rate, offset)

    def _call(self, cancellation: Cancellation, request: RecognizeRequest, **options: Any) -> RecognizeResponse:
        """One attempt, which ends with the job: the client's own method cannot be left."""
        recognize: Any = self._client.transport.recognize
        call = recognize.future(request, **options)
        answered: Future[None] = Future()
        call.add_done_callback(lambda _: answered.set_result(None))
        try:
            cancellation.wait(answered)
            response: RecognizeResponse = call.result()
            return response
        finally:
            call.cancel()


def _client(settings: Settings) -> SpeechClient:
    from google.api_core.client_options import ClientOptions
    from google.cloud.speech_v1 import SpeechClient
    from google.cloud.speech_v1.services.speech.transports import SpeechGrpcTransport

    # At DEBUG it logs every request with its audio.
    logging.getLogger("google.cloud.speech_v1").setLevel(logging.INFO)
    credentials = _credentials(settings)
    endpoint = settings.google_speech_endpoint
    if endpoint.startswith("http://"):
        import grpc  # type: ignore[import-untyped]

        host = endpoint.removeprefix("http://")
        # Without credentials, because it is not encrypted; the settings allow only this machine's own addresses.
        return SpeechClient(transport=SpeechGrpcTransport(host=host, channel=grpc.insecure_channel(host)))
    options = ClientOptions(api_endpoint=endpoint.removeprefix("https://"))
    return SpeechClient(credentials=credentials, client_options=options)


def _credentials(settings: Settings) -> Credentials:
    import google.auth
    from google.auth.credentials import CredentialsWithQuotaProject
    from google.auth.exceptions import GoogleAuthError
    from google.oauth2 import credentials as user
    from google.oauth2 import service_account

    loaders: dict[str, Callable[..., Credentials]] = {
        google_credentials.SERVICE_ACCOUNT: service_account.Credentials.from_service_account_info,
        google_credentials.AUTHORIZED_USER: user.Credentials.from_authorized_user_info,
    }
    fields = google_credentials.find(settings)
    try:
        if fields is None:
            credentials, project = google.auth.default(scopes=[SCOPE])
        else:
            credentials, project = loaders[fields["type"]](fields, scopes=[SCOPE]), fields.get("project_id")
    except (GoogleAuthError, ValueError) as error:
        # Without the cause: it may quote the key.
        reason = f"the Google credentials cannot be used ({type(error).__name__})"
        raise ConfigError(f"{reason}; make a new key of the service account") from None
    wanted = settings.google_cloud_project
    # Only if it differs: naming a project takes a permission that accounts may lack even in their own.
    if wanted and wanted != project and isinstance(credentials, CredentialsWithQuotaProject):
        credentials = credentials.with_quota_project(wanted)  # type: ignore[no-untyped-call]
    return credentials


def _config(rate: int, hints: Sequence[str], language: str) -> RecognitionConfig:
    from google.cloud.speech_v1.types import RecognitionConfig, SpeechContext

    return RecognitionConfig(
        encoding=RecognitionConfig.AudioEncoding.LINEAR16,
        sample_rate_hertz=rate,
        audio_channel_count=1,
        language_code=google_limits.language_code(language),
        enable_word_time_offsets=True,
        enable_word_confidence=True,
        speech_contexts=[SpeechContext(phrases=hints)],
    )


def _retry(cancellation: Cancellation) -> Retry:
    """Retry RETRIES times if Google is unreachable or slow, unless the job has ended."""
    from google.api_core import exceptions, retry

    attempts = count()
    retryable = retry.if_exception_type(exceptions.ServiceUnavailable, exceptions.DeadlineExceeded)
    return retry.Retry(
        predicate=lambda error: retryable(error) and not cancellation.ended and next(attempts) < RETRIES,
        initial=MAX_FIRST_DELAY_S,
        multiplier=2.0,
        timeout=(RETRIES + 1) * (REQUEST_TIMEOUT_S + 4 * MAX_FIRST_DELAY_S),
    )


def _refused(error: GoogleAPICallError, language: str) -> AlignerFailed:
    status = error.grpc_status_code.name if error.grpc_status_code else "UNKNOWN"
    # gRPC's status for credentials that gave no token.
    if status == "UNAVAILABLE" and "metadata from plugin" in str(error.message):
        return AlignerFailed(_NO_TOKEN)
    if status == "INVALID_ARGUMENT":
        return AlignerFailed(f"Google refused the request for the language {language}: {quoted(str(error.message))}")
    message = _REFUSALS.get(status, f"Google answered {status}; try again later, or use another timing_method")
    return AlignerFailed(message, retryable=status in _RETRYABLE)


def _words(response: RecognizeResponse) -> list[RecognisedWord]:
    """Every word of the best alternatives. Raises AlignerFailed for a transcript without word times."""
    words: list[RecognisedWord] = []
    for result in response.results:
        if not result.alternatives:
            continue
        best = result.alternatives[0]
        if best.transcript.strip() and not best.words:
            raise AlignerFailed("Google gave a transcript without word times; use another timing_method")
        for word in best.words:
            start, end = _seconds(word.start_time), _seconds(word.end_time)
            # Zero means that there is no confidence.
            confidence = min(1.0, word.confidence or best.confidence or 1.0)
            words.append(RecognisedWord(word.word, start, max(start, end), confidence))
    return words


class _Duration(Protocol):
    """Protobuf's own type, which older Google clients return instead of a timedelta."""

    seconds: int
    nanos: int


def _seconds(time: timedelta | _Duration) -> float:
    return time.total_seconds() if isinstance(time, timedelta) else time.seconds + time.nanos / 1e9


def _within_sound(words: Sequence[RecognisedWord], samples: Samples, rate: int, offset: float) -> list[RecognisedWord]:
    """Cut each word to the sound inside it, and move it by ``offset`` seconds."""
    sound, length = audio.sounding(samples, rate), len(samples) / rate
    cut = []
    for word in words:
        start, end = min(word.start, length), min(word.end, length)
        begin, upto = round(start * rate), round(end * rate)
        if core := _core(sound[begin:upto], round(TIME_STEP_S * rate)):
            start, end = (begin + core.start) / rate, (begin + core.end) / rate
        cut.append(replace(word, start=start + offset, end=end + offset))
    return cut


def _core(sound: audio.Mask, step: int) -> Span | None:
    """The word's own sound. A bit of sound at an edge, with a longer pause next to it, is a neighbour's by rounding."""
    runs = audio.runs(sound)
    if len(runs) > 1 and runs[0][0] == 0 and runs[0][1] <= step <= runs[1][0] - runs[0][1]:
        runs = runs[1:]
    if len(runs) > 1 and runs[-1][1] == len(sound) and len(sound) - runs[-1][0] <= step <= runs[-1][0] - runs[-2][1]:
        runs = runs[:-1]
    return Span(runs[0][0], runs[-1][1]) if runs else None
