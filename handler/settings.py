"""The worker's settings: the environment, read once. CONFIG.md is generated from this file.

It is long because every setting has its words for CONFIG.md here, and the settings read best side by side.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from handler.errors import ConfigError, Issue, sentence

MAY_HOLD_SECRETS = frozenset({"aws_endpoint_url", "google_speech_endpoint"})
"""Settings whose wrong values are not repeated: people paste keys into URLs."""

NO_MARK = "none"  # in AI_MARK: files are not marked
ENGINE = "engine"  # the one of ALIGNERS that stands for the engine's own word times
BEST = "best"  # the one that stands for two aligners at once
OLD_NAMES = {
    "f5_languages": "languages",
    "tts_engine": "engines",
}  # settings that had another name, by that name: it still works

GROUPS = {
    "engines": "Speech and word times",
    "s3_bucket": "Store",
    "models_dir": "Models",
    "f5_model": "F5-TTS",
    "qwen3_model": "Qwen3-TTS",
    "chatterbox_model": "Chatterbox",
    "pocket_model": "Pocket TTS",
    "piper_voices": "Piper",
    "google_credentials_json": "Google Cloud Speech",
    "ai_mark": "Marks of AI",
    "max_text_chars": "Limits",
    "worker_concurrency": "Worker",
    "port": "HTTP server",
}
"""The groups of CONFIG.md, each by its first setting."""

Qwen3Model = Literal["base-1.7b", "base-0.6b", "custom-voice-1.7b", "custom-voice-0.6b", "voice-design-1.7b"]

MIN_LOUDNESS_LUFS, MAX_LOUDNESS_LUFS = -40.0, -5.0

TOKEN_S = 3600  # the shortest life that services give a session token
MAX_PRESIGN = 604_800  # seconds: no S3 service signs a URL for longer than seven days


class Settings(BaseSettings):
    """Every setting under the name of its environment variable, in lower case. Empty means not set."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, extra="ignore", allow_inf_nan=False)

    engines: Annotated[tuple[str, ...], NoDecode] = Field(
        ("f5",),
        min_length=1,
        description="Engines that the set-up installs and the worker may load; the first is the default of `generate`"
        " and is loaded at the start, the others by their first job. `TTS_ENGINE`, the old name, still works.",
    )
    aligners: Annotated[tuple[str, ...], NoDecode] = Field(
        ("engine", "whisperx", "google", "sphinx", "whisper"),
        min_length=1,
        description="Alignment methods that the set-up installs, in the order in which they are tried. `engine` means"
        " the engine's word times, `best` what two of the others find together.",
    )
    languages: Annotated[tuple[str, ...], NoDecode] = Field(
        ("en", "zh"),
        min_length=1,
        description="Languages that the weights of F5-TTS speak, and whose aligner models are loaded."
        " `F5_LANGUAGES`, the old name, still works.",
    )
    whisperx_model: Literal["MMS_FA"] | None = Field(
        None,
        description="Model with which `whisperx` aligns the languages that it has no model for: `MMS_FA`, which knows"
        " over a thousand ([docs/timing.md](docs/timing.md#other-languages-mms-fa)). Its licence (CC-BY-NC-4.0) forbids"
        " commercial use. Default: none, and other methods align them.",
    )
    loudness: float | None = Field(
        None,
        ge=MIN_LOUDNESS_LUFS,
        le=MAX_LOUDNESS_LUFS,
        description="Loudness of audio whose request has no `loudness`, in LUFS. The HTTP server's streams then start"
        " when the whole is spoken. Default: as the engine speaks.",
    )
    s3_bucket: str | None = Field(None, description="The bucket for voices and results.")
    aws_endpoint_url: str | None = Field(
        None, description="URL of the S3 service, such as `https://s3.example.com`. Default: AWS."
    )
    aws_region: str = Field("us-east-1", description="Region of the bucket, as its service names it.")
    aws_access_key_id: SecretStr | None = Field(
        None,
        description="Access key of the bucket, with its secret. Default for both: the machine's own credentials.",
    )
    aws_secret_access_key: SecretStr | None = Field(None, description="Secret of `AWS_ACCESS_KEY_ID`.")
    aws_session_token: SecretStr | None = Field(None, description="Session token of temporary credentials.")
    s3_addressing_style: Literal["auto", "path", "virtual"] = Field(
        "auto",
        description="Where a URL names the bucket: in its `path`, or in its host (`virtual`)."
        " `auto` means `path` with `AWS_ENDPOINT_URL`, else `virtual`.",
    )
    local_store: Path | None = Field(
        None,
        description="Folder that replaces the bucket when `S3_BUCKET` is not set. Its URLs are links to the HTTP"
        " server (`PUBLIC_URL`), else `file://`.",
    )
    allow_local_store: bool = Field(
        False,
        description="Let a worker on RunPod store results in `LOCAL_STORE`, where clients cannot open them. For the"
        " Hub's tests: each job that makes files gets the warning `results_local`.",
    )
    presign_ttl: int = Field(3600, ge=60, le=MAX_PRESIGN, description="Seconds until a signed URL expires.")
    retention_days: int = Field(
        0,
        ge=0,
        description="Age in days after which workers remove results, uploads and job records, unless a lifecycle rule"
        " of the bucket does; 0 means never. Voices and fonts always stay.",
    )
    models_dir: Path = Field(Path("/runpod-volume/models"), description="Folder of the model files.")
    hf_home: Path | None = Field(
        None, description="Hugging Face cache root. Models that are already in its `hub` folder are used."
    )
    hf_hub_cache: Path | None = Field(
        None, description="Hugging Face model cache. Default: `hub` in `HF_HOME`, else `huggingface` in `MODELS_DIR`."
    )
    f5_model: str = Field(
        "F5TTS_v1_Base",
        description="Architecture: the name of one of F5-TTS's configurations, or the path of such a YAML file.",
    )
    f5_ckpt_file: str | None = Field(
        None,
        description="Weights: a `.safetensors` or `.pt` file, or `hf://owner/repo/file`. Default: the official weights"
        " of `F5_MODEL`, whose licence (CC-BY-NC-4.0) forbids commercial use.",
    )
    f5_vocab_file: str | None = Field(
        None,
        description="Vocabulary (`vocab.txt`) of the weights, or `hf://owner/repo/file`. Default: the official one.",
    )
    f5_vocoder_dir: Path | None = Field(
        None,
        description="Folder with a Vocos vocoder's `config.yaml` and `pytorch_model.bin`. Default: the official one.",
    )
    f5_model_license: str | None = Field(
        None, description="Licence of the weights, as replies name it. Default: the licence of known weights."
    )
    f5_dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto",
        description="Precision of the model. `auto` means `float16` on a GPU, `bfloat16` on a CPU with instructions for"
        " it, else `float32`.",
    )
    f5_batch_frames: int | None = Field(
        None,
        ge=1,
        description="Most mel frames (1/94 s each, with those of the voice's clip) in a batch; a batch has at least one"
        " chunk. Default: what the free memory of the GPU holds, up to 32,768; on a CPU one chunk at a time.",
    )
    qwen3_model: Qwen3Model = Field(
        "base-1.7b",
        description="Model of Qwen3-TTS: `base` speaks in the voice of a clip, `custom-voice` with speakers of its"
        " own, `voice-design` in a voice that `instruct` describes.",
    )
    qwen3_dir: Path | None = Field(
        None, description="Folder with all files of `QWEN3_MODEL`. Default: the official ones, from the hub."
    )
    chatterbox_model: Literal["original", "multilingual", "turbo"] = Field(
        "multilingual",
        description="Variant of Chatterbox: `original` and `turbo` (with sounds such as `[laugh]`) speak English,"
        " `multilingual` 21 languages.",
    )
    chatterbox_dir: Path | None = Field(
        None, description="Folder with all files of `CHATTERBOX_MODEL`. Default: the official ones, from the hub."
    )
    pocket_model: str = Field(
        "english",
        pattern=r"^[a-z][a-z0-9_-]{0,63}$",
        description="Model of Pocket TTS, one for each language: `english`, `french`, `german`, `italian`,"
        " `portuguese`, `spanish`, `dutch`, or another of pocket-tts's configurations, such as `french_24l` or"
        " `english_18m_2026-10`.",
    )
    pocket_dir: Path | None = Field(
        None,
        description="Folder with `model.safetensors` and the tokenizer of `POCKET_MODEL`, its voices in `embeddings/`;"
        " a model of another shape has its `config.yaml` there. Default: the official files, from the hub.",
    )
    pocket_cloning: bool = Field(
        True,
        description="Speak in the voices of clips. Its weights are in a gated repository: accept the terms on the page"
        " of `kyutai/pocket-tts`, and set `HF_TOKEN`. `false` takes the open weights, with voices of their own alone.",
    )
    piper_voices: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Voices of piper that `models pull` fetches besides `en_US-joe-medium`, which its package holds."
        " Each other one is fetched at its first use.",
    )
    google_credentials_json: SecretStr | None = Field(
        None,
        description="Key of a service account for the aligner `google`: the JSON itself, not its path. Overrides"
        " `GOOGLE_APPLICATION_CREDENTIALS`. Default for both: the machine's own credentials.",
    )
    google_application_credentials: Path | None = Field(None, description="Path of a key file on the worker's disk.")
    google_cloud_project: str | None = Field(
        None, description="Project whose quota is used. Default: that of the credentials."
    )
    google_speech_endpoint: str = Field(
        "speech.googleapis.com",
        description="Host of the service. `eu-speech.googleapis.com` and `us-speech.googleapis.com` keep the audio in"
        " their region.",
    )
    ai_mark: Annotated[tuple[str, ...], NoDecode] = Field(
        ("metadata",),
        description="How files are marked as made by AI ([docs/marks.md](docs/marks.md)): any of `metadata`,"
        " `watermark` and `c2pa`; `none`: not at all. The set-up installs what they need.",
    )
    c2pa_cert: SecretStr | None = Field(
        None, description="For the mark `c2pa`: the signer's certificate and those above it, as PEM, or a file of it."
    )
    c2pa_key: SecretStr | None = Field(
        None, description="The private key of `C2PA_CERT`, as PEM without a password, or a file of it."
    )
    max_text_chars: int = Field(
        20_000, ge=1, description="Longest script, in characters. In OpenAI's API it is 4096 unless this is set."
    )
    max_speech_seconds: float = Field(
        5400.0,
        gt=0,
        description="Longest speech of a script, and of a part of a `book`, in seconds as the endpoint `text` estimates"
        " them: figures and signs are said in many words. A longer script is refused before it is spoken.",
    )
    max_book_chars: int = Field(2_000_000, ge=1, description="Longest text of a `book`, in characters.")
    max_upload_bytes: int = Field(
        50_000_000, ge=1, description="Largest recording for `upload`, and largest file of a `book`, in bytes."
    )
    max_audio_bytes: int = Field(500_000_000, ge=1, description="Largest recording for `align`, in bytes.")
    max_audio_seconds: float = Field(
        7200.0,
        gt=0,
        description="Longest recording for `align`, and longest captions that `generate` speaks, in seconds. Each"
        " second of a recording needs 64 kB of disk.",
    )
    max_video_bytes: int = Field(200_000_000, ge=1, description="Largest video for `overlay`, in bytes.")
    max_video_seconds: float = Field(
        600.0, gt=0, le=3600, description="Longest video that `overlay` reads or makes, in seconds."
    )
    voice_cache_bytes: int = Field(
        2_000_000_000, ge=0, description="Disk space for prepared clips of voices on a worker, in bytes."
    )
    job_timeout: float = Field(540.0, gt=0, description="Seconds after which a job fails with `timeout`.")
    book_timeout: float = Field(
        86_400.0, gt=0, description="Seconds after which a `book` fails with `timeout`; sent again, it goes on."
    )
    worker_concurrency: int = Field(2, ge=1, le=64, description="Jobs that a worker runs at a time.")
    lost_after: float = Field(
        30.0,
        ge=0.1,
        description="Seconds without a sign of life after which a job that was delivered again is taken from the worker"
        " that began it. Every worker gives six in that time; set the same on all that share a bucket.",
    )
    max_jobs_per_worker: int = Field(
        0,
        ge=0,
        description="Jobs with files that a worker of a queue does before it ends and RunPod replaces it, against"
        " memory that grows; 0 means never.",
    )
    allow_private_urls: bool = Field(
        False, description="Let URLs of requests lead to addresses that are not public. For tests."
    )
    require_consent: bool = Field(
        False,
        description="Refuse to upload, and to speak in, a voice without the `consent` of its speaker.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Lowest level that is logged.")
    runpod_pod_id: str | None = Field(None, description="Set by RunPod. A worker there needs `S3_BUCKET`.")
    runpod_endpoint_id: str | None = Field(
        None, description="Set by RunPod for workers of an endpoint, whose clients need RunPod's key; a Pod has none."
    )
    runpod_webhook_get_job: str | None = Field(
        None, description="Set by RunPod on a queue endpoint: where the worker asks for jobs."
    )
    port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Port of the HTTP server; `--port` overrides it. A worker on RunPod that has it and no queue serves"
        " a load-balancing endpoint. Default: 8000.",
    )
    port_health: int | None = Field(
        None, ge=1, le=65535, description="Port of the health check alone. Default: that of the server."
    )
    health_check_path: str = Field(
        "/ping", pattern=r"^/[^\s?#]*$", description="Path of the health check of RunPod's load balancer."
    )
    queue_limit: int = Field(
        100, ge=1, le=100_000, description="Jobs that wait in the HTTP server's queue; more are refused with 429."
    )
    api_keys: SecretStr | None = Field(
        None,
        description="Keys that the HTTP server accepts: `NAME:KEY,…`, each key of 16 or more characters; logs have the"
        " names. With keys it listens on all addresses, without on 127.0.0.1 alone, unless `--host` says otherwise.",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins whose pages may call the HTTP server, such as `https://app.example.com`; `*`: all."
    )
    max_body_bytes: int = Field(
        4_000_000,
        ge=1,
        description="Largest body of an HTTP request, in bytes, except for files, which have limits of their own.",
    )
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s?#]+$",
        description="URL at which clients reach the HTTP server, for links to the files of `LOCAL_STORE`. Default of"
        " the server: its own address; without one the links are `file://`.",
    )
    openai_voices: Annotated[dict[str, str], NoDecode] = Field(
        {},
        description="Voices for names of OpenAI's, as `alloy=anna,echo=piper:en_US-joe-medium`; one that is not here is"
        " the default voice.",
    )

    @property
    def results_local(self) -> bool:
        """Whether results stay on a machine of RunPod, where clients cannot open their URLs."""
        return self.s3_bucket is None and self.runpod_pod_id is not None

    @property
    def max_file_bytes(self) -> int:
        """Largest file of any job: a recording or a video. The job checks its own limit."""
        return max(self.max_upload_bytes, self.max_audio_bytes, self.max_video_bytes)

    @property
    def default_engine(self) -> str:
        """The engine of a request that names none."""
        return self.engines[0]

    @property
    def aligner_names(self) -> tuple[str, ...]:
        """ALIGNERS without `engine` and `best`, which are no aligners."""
        return tuple(name for name in self.aligners if name not in (ENGINE, BEST))

    @property
    def hub_cache(self) -> Path:
        """The one folder, in the Hugging Face hub's layout, that models are looked for in and fetched into."""
        home = self.hf_home / "hub" if self.hf_home else self.models_dir / "huggingface"
        return self.hf_hub_cache or home

    @field_validator("engines", "aligners", "languages", "piper_voices", "cors_origins", "ai_mark", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("ai_mark")
    @classmethod
    def _none_alone(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if NO_MARK in value and len(value) > 1:
            raise ValueError(f"has {NO_MARK} beside other marks; set {NO_MARK} alone, or leave it out")
        return tuple(name for name in value if name != NO_MARK)

    @field_validator("openai_voices", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [part.partition("=") for part in value.split(",") if part.strip()]
        if any(not (name.strip() and voice.strip()) for name, _, voice in pairs):
            raise ValueError("must be pairs such as alloy=anna,echo=ben")
        return {name.strip(): voice.strip() for name, _, voice in pairs}

    @field_validator("api_keys")
    @classmethod
    def _named_keys(cls, value: SecretStr | None) -> SecretStr | None:
        named_keys(value)
        return value

    @property
    def keys(self) -> dict[str, str]:
        """API_KEYS by name."""
        return named_keys(self.api_keys)

    def urls_may_end_early(self, expires_in: int) -> bool:
        """Whether URLs of so many seconds may outlive what they are signed with: then they end with it."""
        return self.s3_bucket is not None and self.aws_session_token is not None and expires_in > TOKEN_S

    @field_validator("aws_access_key_id", "aws_secret_access_key", "aws_session_token", mode="before")
    @classmethod
    def _one_word(cls, value: object) -> object:
        """Keys are pasted, often with a line break; one inside a key would show the key in an error of HTTP's."""
        if not isinstance(value, str):
            return value
        word = value.strip()
        if not (word.isascii() and word.isprintable()) or " " in word:
            raise ValueError("holds white space or a character that no key has; copy it again")
        return word

    @field_validator("aws_endpoint_url")
    @classmethod
    def _whole_url(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", value, re.IGNORECASE):
            raise ValueError("must be a URL such as https://s3.example.com")
        return value

    @field_validator("google_speech_endpoint")
    @classmethod
    def _encrypted(cls, value: str) -> str:
        """Audio is sent there: unencrypted only to this machine, where tests have a server."""
        address = value.strip().rstrip("/").lower()
        if not re.fullmatch(r"(https://)?[a-z0-9.-]+(:\d{1,5})?|http://127\.0\.0\.1:\d{1,5}", address):
            raise ValueError("must be a host such as eu-speech.googleapis.com")
        return address

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # Only what `read` was given: the process's environment never leaks into a test.
        return (init_settings,)

    @classmethod
    def given(cls, environ: Mapping[str, str]) -> dict[str, Any]:
        """The settings that ``environ`` has, by their names here."""
        return _Environment(cls, environ)()

    @classmethod
    def read(cls, environ: Mapping[str, str], beneath: Mapping[str, Any] = MappingProxyType({})) -> Settings:
        """The settings in ``environ``; of those that it lacks, the ones in ``beneath``, by their names here.

        ConfigError lists every variable that is wrong.
        """
        try:
            return cls(**{**beneath, **cls.given(environ)})
        except ValidationError as error:
            issues = [
                Issue(str(problem["loc"][0]).upper(), sentence(problem) + cls._seen(problem))
                for problem in error.errors(include_url=False)
            ]
            raise ConfigError.of_issues(issues) from None

    @classmethod
    def _seen(cls, problem: Mapping[str, Any]) -> str:
        """The wrong value, unless it is a secret or may hold one."""
        public = SecretStr not in typing.get_args(cls.model_fields[problem["loc"][0]].annotation)
        return f" (is {problem['input']!r})" if public and problem["loc"][0] not in MAY_HOLD_SECRETS else ""


MIN_KEY_CHARS = 16


def named_keys(value: SecretStr | None) -> dict[str, str]:
    """``NAME:KEY,…`` as keys by name; ValueError, which repeats no key."""
    given = value.get_secret_value() if value else ""
    parts = [part.strip().partition(":") for part in given.split(",") if part.strip()]
    if not all(colon for _, colon, _ in parts):
        raise ValueError("has a key without its name; write NAME:KEY, such as phone:KEY")
    keys = {name.strip(): key.strip() for name, _, key in parts}
    if any(not re.fullmatch(r"[A-Za-z0-9._-]{1,40}", name) for name in keys):
        raise ValueError("must be NAME:KEY pairs with commas between; a name has letters, digits, '.', '_' and '-'")
    if len(keys) < len(parts):
        raise ValueError("has a name twice")
    if not all(re.fullmatch(r"[!-~]*", key) for key in keys.values()):
        raise ValueError("has a key with a blank in it, or a character that is not ASCII; make another")
    if any(len(key) < MIN_KEY_CHARS for key in keys.values()):
        raise ValueError(f"has a key of less than {MIN_KEY_CHARS} characters; make a longer one")
    return keys


class _Environment(EnvSettingsSource):
    """Pydantic's reader of environment variables, for a mapping instead of ``os.environ``."""

    def __init__(self, settings_cls: type[BaseSettings], environ: Mapping[str, str]) -> None:
        given = {name.lower(): value for name, value in environ.items() if value}
        self._given = {new: given[old] for old, new in OLD_NAMES.items() if old in given} | given
        super().__init__(settings_cls)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._given
