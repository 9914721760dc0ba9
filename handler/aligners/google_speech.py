"""The aligner `google`: Google Cloud Speech-to-Text (v1) writes down what it hears, and the script takes its times."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from handler.aligners import google_credentials, google_limits
from handler.aligners.transcript_matching import Heard, place
from handler.errors import AlignerFailed, AlignmentError, ConfigError, quoted
from handler.media import audio
from handler.settings import Settings
from handler.types import Samples, Span, WordTime

if TYPE_CHECKING:
    from google.api_core.exceptions import GoogleAPICallError
    from google.auth.credentials import Credentials
    from google.cloud.speech_v1 import SpeechClient
    from google.cloud.speech_v1.types import RecognitionConfig, RecognizeResponse

logger = logging.getLogger(__name__)

SCOPE = "https://www.googleapis.com/auth/cloud-platform"

SIDE_BY_SIDE = 4
"""Pieces of one recording that are sent at a time."""

STEP = 0.1
"""Seconds: Google's times are multiples of it."""

TIMEOUT = 60.0
"""Seconds for one request."""

RETRIES = 2
BACKOFF = 0.5
"""Seconds before the first retry at most; the second waits up to twice as long."""

_UNSENT = "its credentials were refused before the call; make a new key of the service account"

_REFUSALS = {
    "PERMISSION_DENIED": "Google refused: enable the Cloud Speech-to-Text API and billing in the credentials' project, "
    "and let their account use it",
    "UNAUTHENTICATED": "Google does not accept the credentials; make a new key of the service account",
    "RESOURCE_EXHAUSTED": "the project's quota of Cloud Speech-to-Text is used up; raise it, or use another "
    "timing_method",
    "DEADLINE_EXCEEDED": "Google did not answer in time; try again later, or use another timing_method",
    "UNAVAILABLE": "Google could not be reached; let the worker reach the internet, or use another timing_method",
}
"""What each status of gRPC means here, and what to do."""

_PASSING = {"DEADLINE_EXCEEDED", "UNAVAILABLE", "RESOURCE_EXHAUSTED"}


class GoogleSpeechAligner:
    """Recognises speech in many languages; sends the audio and the script's words to Google, who bills for it.

    What was heard is matched to the script (see `recognised`), so words that Google heard otherwise have no time.
    Google's times are multiples of 0.1 s and give a pause to the word beside it: they are cut back to the sound.
    """

    name = "google"

    def __init__(self, settings: Settings) -> None:
        """Raises ConfigError for credentials that cannot work. Asks no network."""
        self._client = _client(settings)

    def speaks(self, language: str) -> bool:
        """Any: Google adds languages as it likes, so what it does not know is left for it to say."""
        return bool(language.strip())

    def align(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """One time for each word, None for one that was not heard.

        Confidence is Google's own for the word, times how well what was heard fits the script. Raises AlignmentError
        when nothing is heard, and with what to do when Google refuses or cannot be reached.
        """
        rate = min(max(sample_rate, google_limits.RATES[0]), google_limits.RATES[1])
        # At its own level: what is quiet in it is not sent.
        resampled = audio.prepare_for_alignment(samples, sample_rate, rate, level=False)
        spans = google_limits.pieces(resampled, rate)
        hints = google_limits.phrases(words)

        def recognise(span: Span) -> list[Heard]:
            near = google_limits.nearest(hints, (span.start + span.end) / 2 / len(resampled))
            return self._recognised(resampled[span.start : span.end], rate, near, language, span.start / rate)

        with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="google-speech") as pool:
            heard = [word for piece in pool.map(recognise, spans) for word in piece]
        if not heard:
            raise AlignmentError("audio: Google heard no words in it; check that it is speech in the language given")
        return place(words, heard, len(resampled) / rate, language)

    def _recognised(
        self, samples: Samples, rate: int, hints: Sequence[str], language: str, offset: float
    ) -> list[Heard]:
        """The words of one piece, ``offset`` seconds into the recording."""
        from google.api_core.exceptions import GoogleAPICallError, RetryError
        from google.api_core.timeout import ConstantTimeout
        from google.cloud.speech_v1.types import RecognitionAudio

        sound = (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
        try:
            response = self._client.recognize(
                config=_config(rate, hints, language),
                audio=RecognitionAudio(content=sound),
                retry=_retry(),
                # A number would be the time for all attempts together.
                timeout=ConstantTimeout(TIMEOUT),  # type: ignore[no-untyped-call]
            )
        except RetryError as error:
            raise AlignerFailed(_REFUSALS["DEADLINE_EXCEEDED"], retryable=True) from error
        except GoogleAPICallError as error:
            raise _refused(error, language) from error
        return _within_sound(_words(response), samples, rate, offset)


def _client(settings: Settings) -> SpeechClient:
    from google.api_core.client_options import ClientOptions
    from google.cloud.speech_v1 import SpeechClient
    from google.cloud.speech_v1.services.speech.transports import SpeechGrpcTransport

    # At DEBUG it writes down every request, audio and all.
    logging.getLogger("google.cloud.speech_v1").setLevel(logging.INFO)
    credentials = _credentials(settings)
    endpoint = settings.google_speech_endpoint
    if endpoint.startswith("http://"):
        import grpc  # type: ignore[import-untyped]

        host = endpoint.removeprefix("http://")
        # No credentials go into a plain channel; the settings allow one within this machine only.
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
        # Without the cause: it may quote what it could not read.
        raise ConfigError(
            f"the Google credentials cannot be used ({type(error).__name__}); make a new key of the service account"
        ) from None
    wanted = settings.google_cloud_project
    if not wanted or wanted == project or not isinstance(credentials, CredentialsWithQuotaProject):
        return credentials
    # Only if it is another one: to name a project takes a right in it, which accounts need not have in their own.
    with_project: Credentials = credentials.with_quota_project(wanted)  # type: ignore[no-untyped-call]
    return with_project


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


def _retry() -> Any:
    """Again when Google was out of reach or slow, RETRIES times."""
    from google.api_core import exceptions, retry

    tried = count()
    passing = retry.if_exception_type(exceptions.ServiceUnavailable, exceptions.DeadlineExceeded)
    return retry.Retry(
        predicate=lambda error: passing(error) and next(tried) < RETRIES,
        initial=BACKOFF,
        multiplier=2.0,
        timeout=(RETRIES + 1) * (TIMEOUT + 4 * BACKOFF),
    )


def _refused(error: GoogleAPICallError, language: str) -> AlignerFailed:
    status = error.grpc_status_code.name if error.grpc_status_code else "UNKNOWN"
    # So gRPC tells of credentials that gave no token.
    if status == "UNAVAILABLE" and "metadata from plugin" in str(error.message):
        return AlignerFailed(_UNSENT)
    if status == "INVALID_ARGUMENT":
        told = quoted(str(error.message))
        return AlignerFailed(f"Google does not take the request for the language {language}: it says {told}")
    sentence = _REFUSALS.get(status, f"Google answered {status}; try again later, or use another timing_method")
    return AlignerFailed(sentence, retryable=status in _PASSING)


def _words(response: RecognizeResponse) -> list[Heard]:
    """Every word of the best guesses. AlignerFailed for a transcript whose words have no times."""
    heard: list[Heard] = []
    for result in response.results:
        if not result.alternatives:
            continue
        best = result.alternatives[0]
        if best.transcript.strip() and not best.words:
            raise AlignerFailed("Google gave a transcript without word times; use another timing_method")
        for word in best.words:
            start, end = _seconds(word.start_time), _seconds(word.end_time)
            # Zero stands for "not told".
            heard.append(Heard(word.word, start, max(start, end), min(1.0, word.confidence or best.confidence or 1.0)))
    return heard


class _Duration(Protocol):
    """What protobuf itself makes of a length of time, and what Google's older client leaves it at."""

    seconds: int
    nanos: int


def _seconds(time: timedelta | _Duration) -> float:
    return time.total_seconds() if isinstance(time, timedelta) else time.seconds + time.nanos / 1e9


def _within_sound(heard: Sequence[Heard], samples: Samples, rate: int, offset: float) -> list[Heard]:
    """The words, each no longer than from the first sound in it to the last, ``offset`` seconds later."""
    sound, length = audio.sounding(samples, rate), len(samples) / rate
    cut = []
    for word in heard:
        start, end = min(word.start, length), min(word.end, length)
        begin, upto = round(start * rate), round(end * rate)
        if core := _core(sound[begin:upto], round(STEP * rate)):
            start, end = (begin + core.start) / rate, (begin + core.end) / rate
        cut.append(Heard(word.text, start + offset, end + offset, word.confidence))
    return cut


def _core(sound: audio.Mask, step: int) -> Span | None:
    """Where a word's own sound is. A bit at either edge with as much quiet beside it is a neighbour's, by rounding."""
    runs = np.flatnonzero(np.diff(sound.astype(np.int8), prepend=0, append=0)).reshape(-1, 2).tolist()
    if len(runs) > 1 and runs[0][0] == 0 and runs[0][1] <= step <= runs[1][0] - runs[0][1]:
        runs = runs[1:]
    if len(runs) > 1 and runs[-1][1] == len(sound) and len(sound) - runs[-1][0] <= step <= runs[-1][0] - runs[-2][1]:
        runs = runs[:-1]
    return Span(runs[0][0], runs[-1][1]) if runs else None
