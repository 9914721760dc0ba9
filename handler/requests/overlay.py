"""The request of `overlay`."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, model_validator

from handler.requests.captions import SpeakerColours, SpeakerLabels, Style
from handler.requests.fields import (
    DEFAULT_LANGUAGE,
    LEXICON_DESCRIPTION,
    NO_ANNOTATIONS,
    NO_LEXICON,
    Annotations,
    AudioTrack,
    Canvas,
    CaptionsText,
    Colour,
    ExpiresIn,
    JobId,
    LexiconField,
    Script,
    TextLanguage,
    Url,
)
from handler.requests.transcripts import TranscriptFields

WordsField = Literal["job_id", "text", "captions", "captions_url"]


class OverlayInput(TranscriptFields):
    """``overlay``: captions on a video, of its own speech or of another one; without a video, an audiogram."""

    job_id: JobId | None = Field(
        None, description="A finished job whose words are shown. Default: words of `audio_url` or `video_url`."
    )
    audio_url: Url | None = Field(
        None, description="Link to the recording of the words (`http` or `https`). Default: the sound of the video."
    )
    text: Script | None = Field(
        None,
        description="The spoken words, as captions show them. Default: those of `job_id`, else what the worker hears.",
    )
    annotations: Annotations = None
    language: TextLanguage = Field(
        DEFAULT_LANGUAGE,
        description="Language of words that still have to be aligned; `auto`: the one found in the text. Without a"
        " text: the one that is heard, unless this names another.",
    )
    lexicon: LexiconField = Field(None, description=LEXICON_DESCRIPTION)
    captions: CaptionsText | None = Field(
        None,
        description="Captions in place of `text`: SRT, VTT, ASS or JSON, at most 2 MB. They are shown at their times.",
    )
    captions_url: Url | None = Field(None, description="Link to such captions, in place of `captions`.")
    keep_style: bool = Field(
        False,
        description="Draw captions in ASS as they are, in their own styles and places. Default: in `caption_style`.",
    )
    video_url: Url | None = Field(None, description="Link to the video. Default: none; the worker makes an audiogram.")
    audio_track: AudioTrack = Field(
        None,
        description="Audio track that has the speech, of `audio_url`, else of the video: its number from 0, or its "
        "language (`de`, `deu`). Default: the default track.",
    )
    image_url: Url | None = Field(None, description="Audiogram only: link to a picture for the background.")
    background: Colour | None = Field(None, description="Audiogram only: colour of the background. Default: `#12141C`.")
    caption_style: Style = Field(
        None,
        description="Name of a preset, or a style object. Default: the style of the job's captions, else `word`; "
        "`classic` with `captions`.",
    )
    speaker_labels: SpeakerLabels = False
    speaker_colours: SpeakerColours = None
    canvas: Canvas | None = Field(
        None,
        description="Size of the result. Default: that of the style, else of the video; `1080x1920` for an audiogram.",
    )
    fps: float | None = Field(
        None, ge=10, le=60, description="Frame rate. Default: that of the style, else of the video, 20 to 60."
    )
    audio: Literal["replace", "duck", "keep"] | None = Field(
        None,
        description="With `video_url`, what is heard: the speech alone, the speech over the lowered sound of the video,"
        " or that sound alone. Default: `keep` if the video itself has the speech, else `replace`.",
    )
    expires_in: ExpiresIn = None

    @model_validator(mode="after")
    def _one_of_each(self) -> OverlayInput:
        if self.job_id is not None and (self.audio_url is not None or self.text is not None):
            raise ValueError("job_id brings its own speech and words; send it alone, or leave it out")
        self._check_captions()
        if self.annotations is not None and self.text is None:
            raise ValueError(NO_ANNOTATIONS)
        if self.lexicon is not None and self.text is None and not self.has_captions:
            raise ValueError(NO_LEXICON)
        if self.job_id is None and self.audio_url is None and self.video_url is None:
            raise ValueError("send video_url or audio_url, in which the words are said; or job_id")
        self.check_transcript(self.words_field)
        if sum(given is not None for given in (self.video_url, self.image_url, self.background)) > 1:
            raise ValueError("send one of video_url, image_url and background")
        if self.audio is not None and self.video_url is None:
            raise ValueError("audio is about the sound of a video; send video_url with it, or leave it out")
        if self.own_speech and self.audio == "duck":
            raise ValueError("audio: duck lowers the video's sound, which here is the speech itself; leave audio out")
        return self

    def _check_captions(self) -> None:
        if self.captions is not None and self.captions_url is not None:
            raise ValueError("send captions or captions_url, not both")
        if self.has_captions and self.job_id is not None:
            raise ValueError("job_id brings its own words, and captions theirs; send one of them")
        if self.has_captions and self.text is not None:
            raise ValueError("captions bring their own words; leave text out, or send it without captions")
        if self.has_captions and self.audio_url is None and self.video_url is None:
            raise ValueError("send video_url or audio_url, on which the captions are shown")
        if self.keep_style and not self.has_captions:
            raise ValueError("keep_style is about captions; send captions or captions_url with it, or leave it out")
        styled = [name for name in ("caption_style", "speaker_labels", "speaker_colours") if getattr(self, name)]
        if self.keep_style and styled:
            named = " and ".join(styled)
            raise ValueError(f"keep_style draws the captions in their own styles; leave {named} out, or keep_style")

    @property
    def has_captions(self) -> bool:
        """Whether the client sent captions."""
        return self.captions is not None or self.captions_url is not None

    @property
    def words_field(self) -> WordsField | None:
        """The field that brings the words that are shown; None if the worker writes them down."""
        return next((name for name in get_args(WordsField) if getattr(self, name) is not None), None)

    @property
    def own_speech(self) -> bool:
        """Whether the words are said in the video itself."""
        return self.job_id is None and self.audio_url is None
