"""The aligner whisperx: words to the frame by an oracle, the traps of whisperX's own, real loaders without network."""

from __future__ import annotations

import dataclasses
import gc
import json
import random
import socket
import threading
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

from benchmarks.alignment_oracle import (
    DICTIONARY,
    FRAME_S,
    FRAMES,
    RATE,
    Oracle,
    ToneSpeech,
    aligner_of,
    max_error_frames,
    random_speech,
    synthesise,
)
from handler.aligners import ALIGNERS, whisper_x, whisperx_models
from handler.aligners.ctc_target import Alphabet
from handler.aligners.whisper_x import CTCModel, Models, WhisperXAligner, load
from handler.aligners.whisperx_models import BUNDLES, MMS_FA, REPOSITORIES, ModelSource
from handler.backends import Registry
from handler.cancellation import Cancellation
from handler.errors import AlignerFailed, AlignmentError, Cancelled, ConfigError
from handler.media import audio
from handler.models import download
from handler.protocols import PrefixAligner, WarmAligner
from handler.settings import Settings
from handler.types import Samples, WordTime
from tests.support.cancellations import Checked, Stop

WORDS = ("please", "bring", "a", "new", "umbrella", "x")
PAUSES = (0, 40, 0, 12, 60, 0)


@pytest.fixture
def spoken() -> ToneSpeech:
    """Six words with pauses inside, the last of one short character, and silence at both ends."""
    return synthesise(WORDS, PAUSES, random.Random(5))


@pytest.fixture
def aligner() -> WhisperXAligner:
    return aligner_of(Oracle(spiky=True))


@pytest.fixture(autouse=True)
def _small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' files in place of torchaudio's models have another size; failed loads are retried at once."""
    monkeypatch.setattr(whisperx_models, "PINNED", {})
    monkeypatch.setattr(download, "RETRY_DELAYS_S", ())


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every attempt to reach something: refused, and noted."""
    attempts: list[Any] = []

    def refuse(*arguments: Any, **_: Any) -> Any:
        attempts.append(arguments[-1])
        raise OSError("no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return attempts


def placed(times: Sequence[WordTime | None]) -> list[WordTime]:
    found = [time for time in times if time is not None]
    assert len(found) == len(times)
    return found


def frames_off(times: Sequence[WordTime | None], truth: Sequence[WordTime]) -> float:
    return max_error_frames([(time.start, time.end) for time in placed(times)], truth)


def confidence(times: Sequence[WordTime | None]) -> float:
    return float(np.mean([time.confidence for time in placed(times)]))


@pytest.mark.parametrize("spiky", [True, False], ids=["spiky", "held"])
@pytest.mark.parametrize(("pair", "normalised"), [(True, False), (False, False), (False, True)])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_word_is_within_a_frame(seed: int, pair: bool, normalised: bool, spiky: bool) -> None:
    """With emissions that are known, starts and ends are the truth's to 20 ms, and all words are sure."""
    spoken = random_speech(20.0, random.Random(seed))
    oracle = Oracle(spiky=spiky, pair=pair)
    times = aligner_of(oracle, normalised=normalised).align(spoken.samples, RATE, spoken.words, "en")
    assert frames_off(times, spoken.truth) <= 1.0
    assert min(time.confidence for time in placed(times)) > 0.99


def test_long_audio_is_computed_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model gets at most half a minute at a time, and the times are as exact as in short audio."""
    spoken = random_speech(75.0, random.Random(3))
    lengths: list[int] = []
    scores = Oracle.scores

    def note(oracle: Oracle, wave: Samples) -> Samples:
        lengths.append(len(wave))
        return scores(oracle, wave)

    monkeypatch.setattr(Oracle, "scores", note)
    times = aligner_of(Oracle(spiky=True)).align(spoken.samples, RATE, spoken.words, "en")
    assert frames_off(times, spoken.truth) <= 1.0
    assert len(lengths) == 3
    assert max(lengths) <= whisper_x.MAX_PIECE_SAMPLES


@pytest.mark.parametrize("rate", [24_000, 44_100])
@pytest.mark.parametrize("loudness", [1.0, 0.01])
def test_rates_and_loudness_do_not_matter(
    aligner: WhisperXAligner, spoken: ToneSpeech, rate: int, loudness: float
) -> None:
    """The same sound at another rate, or very quiet, has the same times to a frame."""
    samples = audio.resample(spoken.samples, RATE, rate) * np.float32(loudness)
    assert frames_off(aligner.align(samples, rate, WORDS, "en-GB"), spoken.truth) <= 1.0


@pytest.mark.parametrize(
    "written",
    [
        "umbrella.",
        "umbrella,",
        "um-brella",
        "-umbrella-",
        "UMBRELLA",
        "ümbrellà",
        "um7brella2",
        "“umbrella”",
        "u|mbrella",
    ],
)
def test_characters_outside_the_alphabet_change_nothing(
    aligner: WhisperXAligner, spoken: ToneSpeech, written: str
) -> None:
    """Punctuation, hyphens (the blank of some models), digits, capitals and accents leave every time as it was."""
    plain = aligner.align(spoken.samples, RATE, WORDS, "en")
    words = [written if word == "umbrella" else word for word in WORDS]
    assert aligner.align(spoken.samples, RATE, words, "en") == plain


@pytest.mark.parametrize("unalignable", ["42", "...", "-", "Жук", "你好", "🎉", ""])
def test_words_without_characters_have_no_time(aligner: WhisperXAligner, spoken: ToneSpeech, unalignable: str) -> None:
    """They are None wherever they stand, and the words around them keep their times."""
    plain = aligner.align(spoken.samples, RATE, WORDS, "en")
    mixed = [unalignable, *WORDS[:3], unalignable, *WORDS[3:], unalignable]
    times = aligner.align(spoken.samples, RATE, mixed, "en")
    assert times == [None, *plain[:3], None, *plain[3:], None]
    assert aligner.align(np.zeros(0, np.float32), RATE, [unalignable] * 2, "en") == [None, None]


def test_a_pause_belongs_to_no_word(aligner: WhisperXAligner, spoken: ToneSpeech) -> None:
    """Words around a pause leave it free, whenever the model says that the word was over."""
    times = placed(aligner.align(spoken.samples, RATE, WORDS, "en"))
    for before, after, pause in zip(times, times[1:], PAUSES, strict=False):
        assert after.start - before.end == pytest.approx((pause + 1) * FRAME_S, abs=1.1 * FRAME_S)


def test_the_last_word_is_as_long_as_it_sounds(aligner: WhisperXAligner, spoken: ToneSpeech) -> None:
    """A single character named in one frame lasts to its end, and silence after it is not the word's."""
    last = placed(aligner.align(spoken.samples, RATE, WORDS, "en"))[-1]
    assert last.end - last.start > 1.5 * FRAME_S
    assert last.end == pytest.approx(spoken.truth[-1].end, abs=FRAME_S)


def test_no_time_is_past_the_audio(aligner: WhisperXAligner) -> None:
    """Speech to the very last sample, at a rate where samples do not come out even, ends with the audio or before."""
    spoken = synthesise(WORDS, PAUSES, random.Random(6), lead=0, tail=0)
    samples = audio.resample(spoken.samples, RATE, 22_050)[:-7]
    times = placed(aligner.align(samples, 22_050, WORDS, "en"))
    assert times[0].start >= 0
    assert times[-1].end <= len(samples) / 22_050
    assert frames_off(times, spoken.truth) <= 1.0


def test_languages_without_spaces_have_no_separators(settings: Settings) -> None:
    """Words follow one another without one, though the model knows it, and are placed by their characters."""
    words = ("天气", "很", "好的")
    letters = dict(zip("天气很好的", "abcde", strict=True))
    spelled = ["".join(letters[character] for character in word) for word in words]
    spoken = synthesise(spelled, [0, 30, 0], random.Random(7), separator=False)
    dictionary = {"<pad>": 0, "|": 1, **{character: DICTIONARY[letter] for character, letter in letters.items()}}
    models = Models(settings)
    models.put("zh", CTCModel(Oracle(spiky=True), Alphabet(dictionary, spaces=False), FRAMES))
    times = WhisperXAligner(settings, models).align(spoken.samples, RATE, words, "zh-CN")
    assert frames_off(times, spoken.truth) <= 1.0


def noise(seconds: float) -> Samples:
    return (0.1 * np.random.default_rng(1).standard_normal(int(seconds * RATE))).astype(np.float32)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros(0, np.float32), "silent"),
        (np.zeros(48_000, np.float32), "silent"),
        (np.full(48_000, np.nan, np.float32), "not numbers"),
        (noise(0.2), "too short"),
        (noise(0.01), "too short"),
    ],
    ids=["nothing", "silence", "nan", "a fifth of a second", "less than a frame"],
)
def test_audio_that_cannot_contain_the_words_raises(
    aligner: WhisperXAligner, spoken: ToneSpeech, samples: Samples, message: str
) -> None:
    """It is refused with a reason, and the aligner works on afterwards."""
    with pytest.raises(AlignmentError, match=message):
        aligner.align(samples, RATE, WORDS, "en")
    assert confidence(aligner.align(spoken.samples, RATE, WORDS, "en")) > 0.99


def test_noise_and_music_have_low_confidence(aligner: WhisperXAligner) -> None:
    """In noise or a chord that is long enough for the words, all of them have a low confidence."""
    time = np.arange(6 * RATE) / RATE
    chord = sum(np.sin(2 * np.pi * pitch * part * time) / part for pitch in (220, 277.2, 329.6) for part in (1, 2, 3))
    for sound in (noise(6.0), 0.1 * np.asarray(chord, np.float32)):
        assert confidence(aligner.align(sound, RATE, WORDS, "en")) < 0.35


def test_wrong_texts_have_low_confidence(aligner: WhisperXAligner) -> None:
    """The words spoken are surer than the same ones shuffled and than others, by far."""
    spoken = random_speech(20.0, random.Random(8))
    draw = random.Random(9)
    right = confidence(aligner.align(spoken.samples, RATE, spoken.words, "en"))
    texts = draw.sample(spoken.words, len(spoken.words)), random_speech(18.0, draw).words
    wrong = [confidence(aligner.align(spoken.samples, RATE, words, "en")) for words in texts]
    assert right > 0.99
    assert max(wrong) < 0.5


def test_a_wrong_word_has_low_confidence(aligner: WhisperXAligner, spoken: ToneSpeech) -> None:
    """One wrong word in a right text is less sure than any of the others."""
    times = placed(aligner.align(spoken.samples, RATE, ["please", "think", *WORDS[2:]], "en"))
    assert times[1].confidence < 0.6
    assert min(time.confidence for at, time in enumerate(times) if at != 1) > 0.99


@pytest.mark.parametrize("count", range(len(WORDS) + 1))
def test_a_prefix_ends_where_the_audio_does(aligner: WhisperXAligner, spoken: ToneSpeech, count: int) -> None:
    """Audio that is cut in a pause holds the words before it, with the times that they have in the whole."""
    ends = [0.3, *(time.end + 0.01 for time in spoken.truth)]
    samples = spoken.samples[: int(ends[count] * RATE)]
    times = aligner.prefix(samples, RATE, [*WORDS, "and", "others", "after", "them"], "en")
    assert len(times) == count
    if count:
        assert frames_off(times, spoken.truth[:count]) <= 1.0


def test_a_prefix_includes_words_without_characters(aligner: WhisperXAligner, spoken: ToneSpeech) -> None:
    """They are None inside it, never its last; in silence, and of no words, it is empty."""
    times = aligner.prefix(spoken.samples, RATE, ["42", WORDS[0], "7", *WORDS[1:], "...", "others"], "en")
    assert [time is None for time in times] == [True, False, True, *[False] * 5]
    assert aligner.prefix(np.zeros(RATE, np.float32), RATE, WORDS, "en") == []
    assert aligner.prefix(spoken.samples, RATE, [], "en") == []
    with pytest.raises(AlignmentError, match="not numbers"):
        aligner.prefix(np.full(RATE, np.nan, np.float32), RATE, WORDS, "en")


@pytest.mark.parametrize("kind", [RuntimeError, torch.cuda.OutOfMemoryError])
def test_a_failing_model_raises(spoken: ToneSpeech, kind: type[Exception]) -> None:
    """Memory that runs out on a GPU fails this way of alignment, so that the next one is tried."""

    def fail(wave: Any) -> Any:
        raise kind("CUDA out of memory")

    with pytest.raises(AlignmentError, match="the model failed on this audio"):
        aligner_of(fail).align(spoken.samples, RATE, WORDS, "en")
    with pytest.raises(AlignmentError, match="no numbers"):
        aligner_of(lambda _: (torch.full((1, 200, 28), torch.nan), None)).align(spoken.samples, RATE, WORDS, "en")


# Models on the disk


def save_transformers(folder: Path, *, normalise: bool = True) -> Path:
    """A tiny random model with its processor, in the form that hub models have."""
    from transformers import (
        Wav2Vec2Config,
        Wav2Vec2CTCTokenizer,
        Wav2Vec2FeatureExtractor,
        Wav2Vec2ForCTC,
        Wav2Vec2Processor,
    )

    folder.mkdir(parents=True)
    letters = ["<pad>", "<s>", "</s>", "<unk>", "|", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ'"]
    (folder / "vocab.json").write_text(json.dumps({letter: number for number, letter in enumerate(letters)}))
    tokenizer = Wav2Vec2CTCTokenizer(str(folder / "vocab.json"))  # type: ignore[no-untyped-call]
    extractor = Wav2Vec2FeatureExtractor(do_normalize=normalise)  # type: ignore[no-untyped-call]
    Wav2Vec2Processor(extractor, tokenizer).save_pretrained(folder)  # type: ignore[no-untyped-call]
    torch.manual_seed(1)
    config = Wav2Vec2Config(  # type: ignore[no-untyped-call]
        vocab_size=len(letters), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        conv_dim=(8,) * 7, num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=2, pad_token_id=0,
        feat_extract_norm="layer", conv_bias=True,  # the other kind ignores loudness
    )  # fmt: skip
    Wav2Vec2ForCTC(config).save_pretrained(folder)
    return folder


def tiny_bundle(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Makes torchaudio's English model a tiny one, and returns the file of its weights."""
    import io

    import torchaudio  # type: ignore[import-untyped]

    whole = torchaudio.pipelines.WAV2VEC2_ASR_BASE_960H
    tiny = {
        "extractor_conv_layer_config": [(8, kernel, stride) for _, kernel, stride in
                                        whole._params["extractor_conv_layer_config"]],
        "encoder_embed_dim": 16, "encoder_num_layers": 1, "encoder_num_heads": 2, "encoder_ff_interm_features": 32,
        "encoder_pos_conv_kernel": 4, "encoder_pos_conv_groups": 2,
    }  # fmt: skip
    bundle = dataclasses.replace(whole, _params=whole._params | tiny)
    torch.manual_seed(1)
    # Three rows of the file are for symbols that the bundle leaves out.
    model = torchaudio.models.wav2vec2_model(**(bundle._params | {"aux_num_out": 32}))
    monkeypatch.setattr(torchaudio.pipelines, "WAV2VEC2_ASR_BASE_960H", bundle)
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    return file.getvalue()


def tiny_mms_fa(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Makes MMS-FA a tiny model, whose true size is 1.2 GB, puts its file where a fetch would, and chooses it."""
    import torchaudio

    bundle = dataclasses.replace(torchaudio.pipelines.MMS_FA, _params=torchaudio.pipelines.MMS_FA._params | {
        "extractor_conv_layer_config": [(8, kernel, stride) for _, kernel, stride in
                                        torchaudio.pipelines.MMS_FA._params["extractor_conv_layer_config"]],
        "encoder_embed_dim": 16, "encoder_num_layers": 1, "encoder_num_heads": 2, "encoder_ff_interm_features": 32,
        "encoder_pos_conv_kernel": 4, "encoder_pos_conv_groups": 2,
    })  # fmt: skip
    torch.manual_seed(1)
    # As in the English one, three rows of the file are for symbols that the bundle leaves out.
    model = torchaudio.models.wav2vec2_model(**(bundle._params | {"aux_num_out": 31}))
    monkeypatch.setattr(torchaudio.pipelines, "MMS_FA", bundle)
    by_hand(settings, "mms_fa").mkdir(parents=True)
    torch.save(model.state_dict(), by_hand(settings, "mms_fa") / "model.pt")
    return settings.model_copy(update={"whisperx_model": MMS_FA})


def by_hand(settings: Settings, language: str) -> Path:
    return settings.models_dir / "align" / language


def test_a_folder_put_there_by_hand_is_loaded(
    settings: Settings, no_network: list[Any], capsys: pytest.CaptureFixture[str], spoken: ToneSpeech
) -> None:
    """Any language's, through whisperX's own loader, without a word to the network or to a command's reply."""
    save_transformers(by_hand(settings, "sw"))
    aligner = WhisperXAligner(settings)
    assert aligner.speaks("sw-KE")
    assert aligner.warm("sw")
    times = placed(aligner.align(spoken.samples, RATE, WORDS, "sw"))
    assert len(times) == len(WORDS)
    assert all(0 <= time.start <= time.end <= spoken.seconds and 0 <= time.confidence <= 1 for time in times)
    assert all(one.start < other.start for one, other in pairwise(times))
    assert no_network == []
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("normalise", [True, False])
def test_samples_are_normalised_as_in_training(settings: Settings, spoken: ToneSpeech, normalise: bool) -> None:
    """A model of the hub gets what its own feature extractor would give it, which whisperX leaves out."""
    from transformers import Wav2Vec2FeatureExtractor

    folder = save_transformers(by_hand(settings, "sw"), normalise=normalise)
    model = load(ModelSource(folder), "sw")
    extractor = Wav2Vec2FeatureExtractor.from_pretrained(folder)
    given = extractor(spoken.samples, sampling_rate=RATE, return_tensors="pt").input_values
    with torch.inference_mode():
        expected = torch.log_softmax(model.network(given).logits[0], dim=-1)
    emissions = model.emissions(spoken.samples)
    assert emissions.shape == (FRAMES.count(len(spoken.samples)), 32)
    np.testing.assert_allclose(emissions, expected.numpy(), atol=1e-3)
    assert model.frames == FRAMES


def test_torchaudios_model_is_loaded_from_its_file(
    settings: Settings, no_network: list[Any], monkeypatch: pytest.MonkeyPatch, spoken: ToneSpeech
) -> None:
    """The file in MODELS_DIR is the one that whisperX would have fetched; its first symbol is the blank."""
    weights = tiny_bundle(monkeypatch)
    folder = settings.models_dir / "align"
    folder.mkdir(parents=True)
    (folder / BUNDLES["en"]).write_bytes(weights)
    model = load(ModelSource(folder, bundle=True), "en")
    assert (model.frames, model.alphabet.blank, model.normalised) == (FRAMES, 0, False)
    assert len(placed(WhisperXAligner(settings).align(spoken.samples, RATE, WORDS, "en"))) == len(WORDS)
    assert no_network == []


def test_mms_fa_is_loaded_without_its_star(
    settings: Settings,
    no_network: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    spoken: ToneSpeech,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The probabilities are those of the blank and the 27 characters; a log line tells the licence."""
    settings = tiny_mms_fa(settings, monkeypatch)
    source = whisperx_models.find(settings, "sw")
    with caplog.at_level("INFO"):
        model = load(source, "sw")
    assert (model.frames, model.alphabet.blank, model.alphabet.separator) == (FRAMES, 0, None)
    assert (model.normalised, model.romanised) == (False, True)
    with torch.inference_mode():
        output = model.network(torch.from_numpy(spoken.samples)[None])[0][0]
    assert output.shape[1] == 29
    emissions = model.emissions(spoken.samples)
    assert emissions.shape == (FRAMES.count(len(spoken.samples)), 28)
    np.testing.assert_allclose(emissions, output[:, :28].numpy(), atol=1e-4)
    np.testing.assert_allclose(np.exp(emissions).sum(axis=1), 1.0, atol=1e-4)
    assert model.target(["*", "-"], "sw").tokens == ()
    assert [record.message for record in caplog.records if "forbids commercial use" in record.message]
    assert no_network == []


def test_languages_share_mms_fa(
    settings: Settings, no_network: list[Any], monkeypatch: pytest.MonkeyPatch, spoken: ToneSpeech
) -> None:
    """Words of every script have times, by all ways of alignment, from one network in memory."""
    loads: list[str] = []

    def note(source: ModelSource, language: str) -> CTCModel:
        loads.append(language)
        return load(source, language)

    settings = tiny_mms_fa(settings, monkeypatch)
    aligner = WhisperXAligner(settings, Models(settings, note))
    assert aligner.warm("mk")
    for language, words in {
        "mk": ("Не", "знам", "каде"),
        "th": ("สวัสดี", "ครับ"),
        "mr": ("तुम्ही", "कसे", "आहात"),
        "yo": ("ẹ̀kọ́", "dára"),
    }.items():
        times = placed(aligner.align(spoken.samples, RATE, words, language))
        assert len(times) == len(words)
        assert all(one.start < other.start for one, other in pairwise(times))
        assert len(aligner.find(spoken.samples, RATE, words, language)) == len(words)
        assert len(aligner.prefix(spoken.samples, RATE, words, language)) <= len(words)
    assert loads == ["mk"]
    assert no_network == []


def test_a_damaged_model_raises_config_error(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """Files that cannot be loaded are a ConfigError with the way out, and nothing is printed."""
    folder = save_transformers(by_hand(settings, "sw"))
    (folder / "model.safetensors").write_bytes(b"cut off")
    with pytest.raises(ConfigError, match="the model for sw is damaged"):
        WhisperXAligner(settings).align(noise(1.0), RATE, ["a"], "sw")
    assert capsys.readouterr().out == ""


def test_languages_are_known_without_loading_anything(settings: Settings) -> None:
    """Those of whisperX in all their regions and names; others only with a whole model in their folder."""
    aligner = WhisperXAligner(settings)
    assert all(aligner.speaks(tag) for tag in ("en", "EN_us", "pt-BR", "zh-TW", "cmn", "nb-NO", "fil"))
    assert not any(aligner.speaks(tag) for tag in ("sw", "", "..", "../en", "/etc"))
    save_transformers(settings.models_dir / "elsewhere")
    (settings.models_dir / "align").mkdir()
    assert not aligner.speaks("../elsewhere")
    with pytest.raises(AlignmentError, match="no model for sw; put one into MODELS_DIR as align/sw"):
        aligner.align(noise(1.0), RATE, ["a"], "sw")


def test_mms_fa_knows_every_language(settings: Settings, no_network: list[Any]) -> None:
    """Where it is chosen, each code of a language has a model, and a failed fetch names it."""
    aligner = WhisperXAligner(settings.model_copy(update={"whisperx_model": MMS_FA}))
    assert all(aligner.speaks(tag) for tag in ("en", "sw-KE", "haw", "mk", "th_TH"))
    assert not any(aligner.speaks(tag) for tag in ("", "..", "../en", "/etc"))
    with pytest.raises(ConfigError, match="MMS-FA is not on this disk and could not be fetched"):
        aligner.align(noise(1.0), RATE, ["a"], "sw")
    assert no_network


def test_a_failed_download_is_not_retried_at_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, no_network: list[Any]
) -> None:
    """Neither pytorch.org nor the hub: a ConfigError without a path or host; the next jobs do not wait for it again."""
    aligner = WhisperXAligner(settings)
    for language, name in (("en", BUNDLES["en"]), ("nl", REPOSITORIES["nl"])):
        attempts = len(no_network)
        with pytest.raises(ConfigError, match=f"{name} is not on this disk and could not be fetched") as caught:
            aligner.align(noise(1.0), RATE, ["a"], language)
        assert str(settings.models_dir) not in caught.value.message
        asked = len(no_network)
        assert asked > attempts
        with pytest.raises(ConfigError, match=name):
            aligner.align(noise(1.0), RATE, ["a"], language)
        assert len(no_network) == asked
    assert not list(settings.models_dir.rglob("*.part"))
    monkeypatch.setattr(whisper_x, "RETRY_AFTER_S", 0.0)
    with pytest.raises(ConfigError):
        aligner.align(noise(1.0), RATE, ["a"], "en")
    assert len(no_network) > asked


# Models in memory


def stub() -> CTCModel:
    return CTCModel(Oracle(), Alphabet(DICTIONARY), FRAMES)


@pytest.fixture
def everything_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whisperx_models, "on_disk", lambda _, language: ModelSource(Path(language)))


@pytest.mark.usefixtures("everything_on_disk")
def test_the_two_models_used_last_stay_loaded(settings: Settings) -> None:
    """A third language replaces the least recently used one."""
    loaded: list[str] = []

    def note(source: ModelSource, language: str) -> CTCModel:
        loaded.append(language)
        return stub()

    models = Models(settings, note)
    for language in ("en", "de", "en", "fr", "en", "de"):
        models.get(language)
    assert loaded == ["en", "de", "fr", "de"]


@pytest.mark.usefixtures("everything_on_disk")
def test_threads_share_one_load_of_a_model(settings: Settings) -> None:
    """Threads that want the same one wait for it, and one that wants another does not."""
    loading, go_on, loaded = threading.Event(), threading.Event(), []

    def slow(source: ModelSource, language: str) -> CTCModel:
        loaded.append(language)
        if language == "en":
            loading.set()
            assert go_on.wait(20)
        return stub()

    models = Models(settings, slow)
    with ThreadPoolExecutor(3) as pool:
        english = [pool.submit(models.get, "en") for _ in range(2)]
        assert loading.wait(20)
        assert pool.submit(models.get, "de").result(20) is not None
        go_on.set()
        assert english[0].result(20) is english[1].result(20)
    assert loaded == ["en", "de"]


def test_warming_fetches_nothing(settings: Settings, no_network: list[Any]) -> None:
    """A model that is not on this disk is not loaded at the start, and nothing is asked of the network."""
    aligner = WhisperXAligner(settings)
    assert not aligner.warm("en")
    assert not aligner.warm("sw")
    assert no_network == []


def test_the_table_builds_an_aligner_of_every_port(settings: Settings) -> None:
    """It is an aligner that can be warmed and can tell how far into a text some audio goes; building loads no model."""
    aligners = Registry("aligner", ALIGNERS, settings)
    aligner = aligners.get("whisperx")
    assert isinstance(aligner, WarmAligner)
    assert isinstance(aligner, PrefixAligner)
    assert aligner.name == "whisperx"


@pytest.mark.usefixtures("everything_on_disk")
def test_too_little_memory_is_not_reported_as_damage(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too little memory says so, names no file to delete, and the next job tries again."""
    import whisperx  # type: ignore[import-untyped]

    tries = []

    def greedy(*_: object, **__: object) -> None:
        tries.append(1)
        raise torch.OutOfMemoryError("no memory")

    monkeypatch.setattr(whisperx, "load_align_model", greedy)
    models = Models(settings)
    for _ in range(2):
        with pytest.raises(AlignerFailed, match="too little memory"):
            models.get("en")
    assert len(tries) == 2


@pytest.mark.usefixtures("everything_on_disk")
def test_a_failed_load_holds_nothing(settings: Settings) -> None:
    """A failed load is remembered without keeping the half-loaded model in memory."""

    class Half:
        pass

    halves: list[weakref.ref[Half]] = []

    def failing(source: ModelSource, language: str) -> CTCModel:
        half = Half()
        halves.append(weakref.ref(half))
        raise ConfigError("damaged")

    models = Models(settings, failing)
    for _ in range(2):
        with pytest.raises(ConfigError, match="damaged"):
            models.get("en")
    gc.collect()
    assert [half() for half in halves] == [None]


@pytest.mark.parametrize("kind", Stop.KINDS)
def test_a_stopped_job_frees_the_model(settings: Settings, spoken: ToneSpeech, kind: str) -> None:
    """No layer of the network follows the end of a job, and the next job has the network."""
    save_transformers(by_hand(settings, "en"))
    aligner, stop, passed = WhisperXAligner(settings), Stop(kind), list[str]()

    def reach(*_: object) -> None:
        stop.now()
        while not stop.cancellation.ended:
            pass

    begin = register_module_forward_pre_hook(reach)
    follow = register_module_forward_hook(lambda module, *_: passed.append(type(module).__name__))
    with pytest.raises(stop.error):
        stop.cancellation.run(aligner.align, spoken.samples, RATE, WORDS, "en")
    assert aligner._busy.acquire(timeout=30)
    aligner._busy.release()
    begin.remove()
    follow.remove()
    assert passed == []
    assert len(aligner.align(spoken.samples, RATE, WORDS, "en")) == len(WORDS)


def test_a_job_waiting_for_a_model_can_be_cancelled(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job's check is asked while its aligner's model is fetched, and what it raises ends the wait."""

    def fetch(_: Settings, __: object, cancellation: Cancellation) -> Path:
        cancellation.check()
        raise AssertionError

    monkeypatch.setattr("handler.models.fetch", fetch)

    def stopped() -> None:
        raise Cancelled("stopped")

    aligner: WarmAligner = WhisperXAligner(settings)
    for _ in range(2):
        with pytest.raises(Cancelled):
            aligner.ready("en", Checked(stopped))
