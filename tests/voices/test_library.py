"""Whose voice a job is spoken in: uploaded or put there by hand, prepared once, kept on disk."""

from __future__ import annotations

import io
import tempfile
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, cast

import numpy as np
import pytest
import soundfile

from handler.aligners import ALIGNERS
from handler.aligners.sphinx import SphinxAligner
from handler.backends import Backend, Pool, Registry
from handler.cancellation import NEVER, Cancellation
from handler.errors import (
    AlignerFailed,
    BadReference,
    BadRequest,
    Cancelled,
    ConfigError,
    JobTimeout,
    NotFound,
    StorageError,
    TooLarge,
)
from handler.media.decode import decode
from handler.protocols import Aligner, Services
from handler.storage.local_store import LocalStore
from handler.types import Voice, WordTime
from handler.voices import library, registry, transcript_files
from handler.voices.registry import Record
from tests.support.cancellations import Checked
from tests.support.fake_transcriber import FRENCH, Writer, with_writer
from tests.support.human_clip import HUMAN_CLIP
from tests.support.human_clip import HUMAN_TEXT as TEXT
from tests.support.voice_recordings import Cloner, changed, human, unheard, wav

CLONER = Cloner()


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """With the one aligner that needs no weights."""
    return environ | {"ALIGNERS": "engine,sphinx"}


@pytest.fixture(autouse=True)
def _own_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a worker's disk of its own: clips of another must not be found."""
    (tmp_path / "disk").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "disk"))


@pytest.fixture
def counted(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each method of the store is called for each kind of object."""
    seen: Counter[str] = Counter()
    for method in ("get", "put"):
        real = getattr(LocalStore, method)

        def spy(self: LocalStore, key: str, *rest: object, real=real, method=method, **named: object) -> object:  # type: ignore[no-untyped-def]
            seen[f"{method} {key.partition('/')[0]}/{key.rpartition('.')[2]}"] += 1
            return real(self, key, *rest, **named)

        monkeypatch.setattr(LocalStore, method, spy)
    return seen


def put_by_hand(services: Services, name: str, body: bytes, text: str | None = TEXT) -> None:
    services.store.put(registry.wav_key(name), body, "audio/wav")
    if text is not None:
        services.store.put(registry.text_key(name), text.encode(), "text/plain")


def record_of(services: Services, name: str) -> Record:
    record = registry.parse(services.store.get(registry.json_key(name)))
    assert record
    return record


def resolve(
    name: str | None,
    services: Services,
    language: str | None = None,
    warned: list[str] | None = None,
    cancellation: Cancellation = NEVER,
) -> Voice:
    """``warned`` gets the codes of the warnings."""

    def warn(code: str, message: str) -> None:
        assert name is not None
        assert name in message
        if warned is not None:
            warned.append(code)

    return library.resolve(name, language, CLONER, services, warn=warn, cancellation=cancellation)


def clip_of(voice: Voice) -> bytes:
    assert voice.clip
    body = voice.clip.read_bytes()
    assert registry.digest(body) == voice.sha256
    return body


def test_no_name_gives_the_default_voice(services: Services) -> None:
    """No voice named: the engine says whose it is, in the language asked for."""
    assert resolve(None, services, "de") == Voice("default", "de")


def test_engine_without_cloning_tells_what_there_is(services: Services) -> None:
    """A voice of the bucket is a bad request of espeak, another name is not found; both are about voice."""
    engine = services.engines.get("espeak")
    with pytest.raises(NotFound, match="voice: there is no voice 'anna'; leave voice out: espeak") as caught:
        library.resolve("anna", None, engine, services, warn=unheard)
    assert caught.value.issues[0].field == "voice"
    put_by_hand(services, "anna", b"")
    with pytest.raises(BadRequest, match="voice: anna is a voice of the bucket, and the engine espeak has no cloned"):
        library.resolve("anna", None, engine, services, warn=unheard)


def test_other_engines_that_clone_are_named(services: Services) -> None:
    """Those of ENGINES, without the one whose model cannot."""
    engine: Any = Cloner()
    engine.supports_cloning = False
    row: Backend[Any] = Backend(lambda _: engine, supports_cloning=True)
    rows = dict.fromkeys(("cloner", "f5", "x"), row)
    settings = services.settings.model_copy(update={"engines": ("cloner", "f5")})
    worker = replace(services, settings=settings, engines=Pool("engine", rows, settings))
    put_by_hand(services, "anna", b"")
    with pytest.raises(BadRequest, match=r"cloner has no cloned voices; send engine: f5, or leave voice out: cloner"):
        library.resolve("anna", None, engine, worker, warn=unheard)


def test_missing_voice_is_not_found(services: Services) -> None:
    """The error names the voice and those with names near it."""
    put_by_hand(services, "anna", b"")
    with pytest.raises(NotFound, match="voice: there is no voice ana; did you mean anna"):
        resolve("ana", services)


def test_hand_put_wav_with_text_becomes_a_voice(services: Services, counted: Counter[str]) -> None:
    """On first use it is prepared with its txt; wav and txt stay as they were, and the second use does no work."""
    put_by_hand(services, "anna", human())
    voice = resolve("anna", services)
    assert (voice.name, voice.text, voice.language) == ("anna", TEXT, "en")
    assert soundfile.info(io.BytesIO(clip_of(voice))).samplerate == 24_000
    record = record_of(services, "anna")
    assert (record.sha256, record.prepared, record.text) == (registry.digest(human()), voice.sha256, TEXT)
    assert record.language is None
    assert services.store.get(registry.wav_key("anna")) == human()
    assert services.store.get(registry.text_key("anna")) == TEXT.encode()
    counted.clear()
    assert resolve("anna", services) == voice
    assert counted == {"get voices/json": 1}


def test_hand_put_wav_without_text_needs_a_transcriber(services: Services) -> None:
    """Without txt and transcriber it is a bad request that asks for either; with a transcriber it becomes a voice."""
    put_by_hand(services, "anna", human(), None)
    with pytest.raises(BadRequest, match=r"anna\.txt.*ref_text"):
        resolve("anna", services)
    assert resolve("anna", with_writer(services, Writer(TEXT, "en"))).text == TEXT
    assert resolve("anna", services).text == TEXT


def test_hand_put_voice_has_the_transcribers_language(services: Services) -> None:
    """Without txt the transcriber says the words and the language, whatever the job's own language is; both are kept
    though no aligner knows it, so that the next job needs no transcriber."""
    put_by_hand(services, "anna", human(), None)
    writer = Writer(FRENCH, "fr")
    warned: list[str] = []
    voice = resolve("anna", with_writer(services, writer), "en", warned)
    assert (voice.language, voice.text) == ("fr", FRENCH)
    assert writer.asked == [None]
    assert warned == ["clip_not_compared"]
    assert record_of(services, "anna").language == "fr"
    assert resolve("anna", services, "en") == voice


def test_aligner_without_its_model_is_skipped(services: Services) -> None:
    """One that finds out only when it is asked that it has no model leaves the clip to the next; with none left it is
    as if there were no aligner."""

    class Empty(SphinxAligner):
        name = "empty"

        def _loaded(self) -> NoReturn:
            raise ConfigError("no model could be fetched")

    sound = decode(HUMAN_CLIP)
    table: dict[str, Backend[Aligner]] = {"empty": Backend(Empty), "sphinx": ALIGNERS["sphinx"]}
    for names, compared in ((("empty", "sphinx"), True), (("engine", "empty"), False)):
        settings = services.settings.model_copy(update={"aligners": names})
        able = replace(services, settings=settings, aligners=Registry("aligner", table, settings))
        assert library.prepare_voice(sound, TEXT, None, able).compared is compared


def test_mismatch_of_transcribed_text_does_not_quote_it(services: Services) -> None:
    """The error quotes no word that the transcriber made up, and asks for a txt by its name."""
    put_by_hand(services, "anna", human(), None)
    for text in ("The committee will publish its report about fisheries on Wednesday.", "Yes.", "[pause:long] hello"):
        with pytest.raises(BadReference, match=r"^voice: anna cannot .*did not fit.*several speakers") as caught:
            resolve("anna", with_writer(services, Writer(text, "en")))
        assert text.split()[0] not in caught.value.message
        assert "anna.txt" in caught.value.message


def test_waiting_for_a_voice_can_be_cancelled(services: Services) -> None:
    """While one job writes a hand-put voice's words down another that wants the same voice can be cancelled, and so
    can the one that does the work; the voice is then free for the next."""
    put_by_hand(services, "anna", human(), None)
    writing, go_on = threading.Event(), threading.Event()

    class Slow(Writer):
        def listen(self, cancellation: Cancellation) -> None:
            writing.set()
            assert go_on.wait(30)
            cancellation.check()

    def stopped() -> None:
        raise Cancelled("no more")

    def stopped_later() -> None:
        if go_on.is_set():
            raise JobTimeout("too long")

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(
            resolve, "anna", with_writer(services, Slow(TEXT, "en")), cancellation=Checked(stopped_later)
        )
        assert writing.wait(30)
        with pytest.raises(Cancelled):
            resolve("anna", services, cancellation=Checked(stopped))
        go_on.set()
        with pytest.raises(JobTimeout):
            first.result()
    assert resolve("anna", with_writer(services, Writer(TEXT, "en"))).text == TEXT


def test_unusable_hand_put_voice_is_named(services: Services) -> None:
    """The error for a file without sound, or a binary txt, has the voice's name and no path."""
    put_by_hand(services, "anna", b"no sound at all")
    with pytest.raises(BadReference, match=r"^voice: anna ") as caught:
        resolve("anna", services)
    assert "/" not in caught.value.message
    put_by_hand(services, "bob", human(), "\0\0")
    with pytest.raises(BadRequest, match="text") as refused:
        resolve("bob", services)
    assert refused.value.issues[0].field == "voice"
    assert transcript_files.FIELD not in refused.value.message


def test_huge_hand_put_wav_is_too_large(services: Services) -> None:
    """A wav far over MAX_UPLOAD_BYTES is too_large by its size alone."""
    put_by_hand(services, "anna", human())
    small = replace(services, settings=services.settings.model_copy(update={"max_upload_bytes": len(human()) // 5}))
    with pytest.raises(TooLarge, match="anna"):
        resolve("anna", small)


def test_replaced_wav_is_prepared_again(services: Services) -> None:
    """A record that is of another wav does not count: the new wav's own clip and text are used and recorded."""
    put_by_hand(services, "anna", human())
    before = resolve("anna", services)
    put_by_hand(services, "anna", changed(50))
    after = resolve("anna", services)
    assert after.sha256 == registry.digest(clip_of(after))
    assert record_of(services, "anna").sha256 == registry.digest(changed(50))
    assert before.clip


def test_new_etag_on_the_same_wav_keeps_the_voice(services: Services, counted: Counter[str]) -> None:
    """A bucket that was copied keeps its voices: the same bytes are found by their sha256, and the etag is mended."""
    put_by_hand(services, "anna", human())
    voice = resolve("anna", services)
    put_by_hand(services, "anna", human(), None)
    services.store.delete(registry.text_key("anna"))
    assert resolve("anna", services) == voice
    counted.clear()
    assert resolve("anna", services) == voice
    assert counted == {"get voices/json": 1}


def test_missing_or_damaged_clip_is_prepared_again(services: Services, tmp_path: Path) -> None:
    """When the prepared clip is missing or not the one recorded, it is made from the wav; the record keeps the rest."""
    put_by_hand(services, "anna", human())
    voice = resolve("anna", services)
    described = replace(record_of(services, "anna"), description="kept", language="en")
    services.store.put(registry.json_key("anna"), registry.dump(described), registry.JSON)
    for damage in (None, b"RIFF"):
        key = registry.prepared_key(voice.sha256)
        services.store.delete(key) if damage is None else services.store.put(key, damage, registry.WAV)
        cast(Path, voice.clip).unlink()
        assert clip_of(resolve("anna", services)) == services.store.get(key)
        assert record_of(services, "anna").description == "kept"


def test_concurrent_jobs_prepare_and_download_once(services: Services, counted: Counter[str]) -> None:
    """Eight jobs want one hand-put voice at once: one prepares it; on a fresh disk one downloads it."""
    put_by_hand(services, "anna", human())
    together = threading.Barrier(8)

    def ask(_: int) -> Voice:
        together.wait()
        return resolve("anna", services)

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(ask, range(8)))
        assert len(found) == 1
        assert counted["put prepared/wav"] == 1
        cast(Path, found.pop().clip).unlink()
        counted.clear()
        assert len(set(pool.map(ask, range(8)))) == 1
    assert counted["get prepared/wav"] == 1


@pytest.mark.parametrize("recorded", [False, True])
def test_upload_during_preparation_is_kept(services: Services, monkeypatch: pytest.MonkeyPatch, recorded: bool) -> None:
    """A voice published while a hand-put wav is prepared is not overwritten, whether there was a record or none."""
    put_by_hand(services, "anna", changed(50))
    if recorded:
        resolve("anna", services)
    put_by_hand(services, "anna", human())
    real = library.prepare_voice

    def slow(*arguments: object, **named: object) -> library.PreparedVoice:
        made = real(*arguments, **named)  # type: ignore[arg-type]
        monkeypatch.setattr(library, "prepare_voice", real)
        body = changed(30)
        record = replace(made.to_record("anna", body, "en"), text="uploaded", prepared=registry.digest(b"clip"))
        registry.publish(services.store, record, body, b"clip", overwrite=True)
        return made

    monkeypatch.setattr(library, "prepare_voice", slow)
    resolve("anna", services)
    assert record_of(services, "anna").text == "uploaded"
    assert resolve("anna", services).text == "uploaded"


def test_half_finished_upload_is_awaited(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new wav whose json comes a moment later is no hand-put voice without words: the job looks again."""
    put_by_hand(services, "anna", changed(30), None)

    def late(*_: object, **__: object) -> library.PreparedVoice:
        record = library.PreparedVoice(b"clip", "uploaded", "en", 1.0, ()).to_record("anna", changed(30), "en")
        registry.publish(services.store, record, changed(30), b"clip", overwrite=True)
        raise BadRequest.of("ref_text", "is missing")

    monkeypatch.setattr(library, "prepare_voice", late)
    assert resolve("anna", services).text == "uploaded"


def test_voice_replaced_all_the_time_is_a_storage_error(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """When each look finds another wav, the job gives up with a sentence and may be sent again."""
    put_by_hand(services, "anna", human(), None)
    marks = iter(range(1, 50))

    def moving(*_: object, **__: object) -> library.PreparedVoice:
        put_by_hand(services, "anna", changed(next(marks)), None)
        raise BadReference("no")

    monkeypatch.setattr(library, "prepare_voice", moving)
    with pytest.raises(StorageError, match="anna"):
        resolve("anna", services)


def test_quality_warnings_reach_the_preparing_job(services: Services) -> None:
    """The warnings of a hand-put clip reach the job that makes a voice of it, and only that one."""
    samples, rate = soundfile.read(io.BytesIO(human()), dtype="float32")
    put_by_hand(services, "anna", wav(samples * np.float32(0.02), rate))
    warned: list[str] = []
    resolve("anna", services, warned=warned)
    assert warned == ["clip_quiet"]
    resolve("anna", services, warned=warned)
    assert warned == ["clip_quiet"]


def test_unchecked_clip_is_not_recorded(services: Services) -> None:
    """In a language that no aligner here knows a hand-put voice is made for the one job, with a warning, whatever its
    txt says; nothing is written, and in a known language a wrong txt is found out."""
    put_by_hand(services, "eve", human(), "Manche nennen mich Natur, andere nennen mich Mutter Natur.")
    for _ in range(2):
        warned: list[str] = []
        voice = resolve("eve", services, "zh", warned)
        assert voice.language == "zh"
        assert registry.digest(clip_of(voice)) == voice.sha256
        assert warned == ["clip_not_compared"]
    assert [info.key for info in services.store.list("", 10).objects] == ["voices/eve.txt", "voices/eve.wav"]
    with pytest.raises(BadReference, match=r"^voice: eve cannot be used: ref_text does not fit"):
        resolve("eve", services)
    put_by_hand(services, "eve", human())
    resolve("eve", services, "zh")
    assert resolve("eve", services).language == "en"
    assert record_of(services, "eve").language is None


def test_recorded_language_is_kept(services: Services) -> None:
    """A voice whose record names its language is made again in it, and recorded, though nobody here can compare."""
    put_by_hand(services, "eve", human())
    voice = resolve("eve", services)
    described = replace(record_of(services, "eve"), language="zh")
    services.store.put(registry.json_key("eve"), registry.dump(described), registry.JSON)
    services.store.delete(registry.prepared_key(voice.sha256))
    cast(Path, voice.clip).unlink()
    again = resolve("eve", services, "en")
    assert again.language == "zh"
    assert record_of(services, "eve").prepared == again.sha256
    assert services.store.get(registry.prepared_key(again.sha256)) == clip_of(again)


def test_long_txt_of_a_wav_is_a_bad_request(services: Services) -> None:
    """A txt of more bytes than a transcript may have is a bad request on voice that names the file."""
    put_by_hand(services, "eve", human(), "word " * 250_000)
    with pytest.raises(BadRequest, match=r"eve\.txt has more than 1000 kB") as caught:
        resolve("eve", services)
    assert caught.value.issues[0].field == "voice"


def test_failing_aligner_is_skipped(services: Services) -> None:
    """A quota used up or memory gone is no misfit: another aligner compares the clip with its text."""

    class Spent(SphinxAligner):
        def align(self, *_: object) -> list[WordTime | None]:
            raise AlignerFailed("Google's quota is used up")

    settings = services.settings.model_copy(update={"aligners": ("whisperx", "sphinx")})
    aligners = Registry("aligner", ALIGNERS | {"whisperx": Backend(Spent)}, settings)
    made = library.prepare_voice(
        decode(HUMAN_CLIP), TEXT, "en", replace(services, settings=settings, aligners=aligners)
    )
    assert made.compared
