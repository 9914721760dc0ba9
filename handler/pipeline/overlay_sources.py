"""What an overlay is made of: a speech with its words, and the video or the picture that they are drawn on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from handler.errors import BadRequest
from handler.jobs import Job
from handler.media import probe
from handler.pipeline import incoming, lexicons, marking, speech_source, transcription
from handler.pipeline.client_captions import ClientCaptions
from handler.pipeline.speech_source import ClientSound, Spoken
from handler.protocols import Origin, Services
from handler.requests import OverlayInput

MAX_PICTURE_BYTES = 30_000_000

FindWords = Callable[[ClientSound], Spoken]
"""Finds the words in a file."""

Gathered = tuple[Spoken, probe.Source | None]
"""The speech, and the video or the picture, None for a plain background."""


class OverlaySources:
    """Gathers the speech and the picture of a request. Each link is fetched into ``folder``, under its field's name."""

    def __init__(
        self, request: OverlayInput, captions: ClientCaptions | None, folder: Path, job: Job, services: Services
    ) -> None:
        """``captions`` are the client's own, None where the words come from elsewhere."""
        self._request = request
        self._captions = captions
        self._folder = folder
        self._job = job
        self._services = services

    def gather(self) -> Gathered:
        """The speech and what it is drawn on. What cannot be done is refused before a video is fetched, if possible."""
        ways = {
            "job_id": self._of_job,
            "text": self._of_text,
            "captions": self._of_captions,
            "captions_url": self._of_captions,
            None: self._of_sound,
        }
        return ways[self._request.words_field]()

    def origin(self) -> Origin | None:
        """What made the recording or the video, where the metadata of one say that this was AI; call `gather` first."""
        paths = [self._folder / field for field in ("audio_url", "video_url")]
        found = (marking.origin_of(path, self._services) for path in paths if path.exists())
        return next(filter(None, found), None)

    def _of_job(self) -> Gathered:
        """The words of a finished job."""
        return speech_source.of_job(self._request, self._folder, self._job, self._services), self._picture()

    def _of_text(self) -> Gathered:
        """The words of the request's text, which are found in sound."""
        job, services = self._job, self._services
        request = speech_source.with_language(self._request, self._request.text or "", job)
        script = speech_source.tokens(request, lexicons.resolve(request.lexicon, services.store, job.warn))
        return self._in_sound(lambda sound: speech_source.in_sound(sound, script, request.language, job, services))

    def _of_sound(self) -> Gathered:
        """The words that the worker writes down."""
        return self._in_sound(lambda sound: transcription.speech(self._request, sound, self._job, self._services))

    def _of_captions(self) -> Gathered:
        """The sound under the client's captions, which have the words."""
        assert self._captions is not None
        language = speech_source.with_language(self._request, self._captions.text, self._job).language
        if self._request.own_speech:
            video = self._video()
            return Spoken((), video.duration, language, "", track=video.track), video
        sound = self._recording()
        with self._job.timed("decode"), speech_source.open_sound(sound, self._job) as recording:
            spoken = Spoken((), recording.duration, language, "", sound.copy)
        return spoken, self._picture()

    def _in_sound(self, find: FindWords) -> Gathered:
        """The words that are said in the recording or, without one, in the video. Raises BadRequest without sound."""
        if not self._request.own_speech:
            return find(self._recording()), self._picture()
        video = self._video()
        if not video.sound:
            message = "the video has no sound to find the words in; send audio_url with text, or job_id, beside it"
            raise BadRequest.of("video_url", message)
        spoken = find(self._sound(video.given.path, "video_url"))
        # Another track than the default one may have the words: that one is heard in the result.
        return spoken, video if spoken.track == video.track else self._probed(video.given.path, spoken.track)

    def _video(self) -> probe.Source:
        video = self._picture()
        assert video is not None, "the request model demands a video where the speech is its own"
        return video

    def _picture(self) -> probe.Source | None:
        """The video or the still picture that the client links to."""
        request, job = self._request, self._job
        if request.video_url is not None:
            path = self._fetched("video_url", request.video_url, self._services.settings.max_video_bytes)
            return self._probed(path, None if request.audio_url else request.audio_track)
        if request.image_url is not None:
            path = self._fetched("image_url", request.image_url, MAX_PICTURE_BYTES)
            with job.timed("probe"):
                return probe.picture(path, field="image_url", cancellation=job.cancellation)
        return None

    def _recording(self) -> ClientSound:
        path = self._fetched("audio_url", self._request.audio_url or "", self._services.settings.max_upload_bytes)
        # It may be in any format: what is heard in the result is a wav of our own.
        return replace(self._sound(path, "audio_url"), copy=self._folder / "speech.wav")

    def _sound(self, path: Path, field: str) -> ClientSound:
        return ClientSound(path, field, self._services.settings.max_video_seconds, self._request.audio_track)

    def _probed(self, path: Path, track: int | str | None) -> probe.Source:
        limit, stop = self._services.settings.max_video_seconds, self._job.cancellation
        with self._job.timed("probe"):
            return probe.video(path, field="video_url", max_seconds=limit, track=track, cancellation=stop)

    def _fetched(self, field: str, url: str, max_bytes: int) -> Path:
        job, services = self._job, self._services
        with job.timed("fetch"):
            to = self._folder / field
            return incoming.fetch(url, to, field=field, max_bytes=max_bytes, job=job, services=services).path
