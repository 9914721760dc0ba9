"""Loading: what comes out of good files, and the sentence that each kind of bad one gets."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from handler.engines.f5.files import find_files
from handler.engines.f5.loading import Model, load
from handler.errors import ConfigError
from handler.settings import Settings
from tests.engines.f5.conftest import ARCH, official_vocab
from tests.support.sampling import sample

Environ = dict[str, str]
TEXT = list("some call me nature.")


@pytest.fixture
def files(tiny_environ: Environ, tmp_path: Path) -> Environ:
    """The tiny model's files, to be broken."""
    folder = tmp_path / "model"
    shutil.copytree(Path(tiny_environ["F5_VOCODER_DIR"]), folder)
    return {name: value.replace(tiny_environ["F5_VOCODER_DIR"], str(folder)) for name, value in tiny_environ.items()}


def loaded(environ: Environ) -> Model:
    return load(Settings.read(environ), "cpu")


def test_model_describes_itself(model: Model) -> None:
    """Name, rate, device, precision and vocabulary are those of the settings and files."""
    assert (model.name, model.sample_rate, model.dtype) == ("Tiny", 24_000, torch.float32)
    assert model.device == torch.device("cpu")
    assert len(model.vocab) == 2545
    assert model.vocab[" "] == 0
    assert not any(parameter.requires_grad for parameter in model.flow.transformer.parameters())


def test_weights_are_mapped_from_the_file(model: Model, tiny_environ: Environ) -> None:
    """In the file's own precision nothing is copied: the weights are the file, mapped into memory."""
    start = model.flow.transformer.get_parameter("proj_out.weight").data_ptr()
    for line in Path("/proc/self/maps").read_text().splitlines():
        low, high = (int(address, 16) for address in line.split()[0].split("-"))
        if low <= start < high:
            assert line.endswith("model.safetensors")
            return
    raise AssertionError("the weights are nowhere in this process")


@pytest.mark.parametrize(
    "wrap",
    [
        lambda weights: {"ema_model_state_dict": {**weights, "initted": torch.tensor(True), "step": torch.tensor(3)}},
        lambda weights: {"model_state_dict": {name.removeprefix("ema_model."): each for name, each in weights.items()}},
        lambda weights: {
            "ema_model_state_dict": {**weights, "ema_model.mel_spec.mel_stft.mel_scale.fb": torch.ones(2)}
        },
    ],
    ids=["averaged", "not averaged", "with a mel"],
)
def test_pickled_checkpoints_give_the_same_model(
    files: Environ, model: Model, reference: torch.Tensor, wrap: Callable[[dict[str, torch.Tensor]], object]
) -> None:
    """A ``.pt`` in any of upstream's layouts speaks as the safetensors of the same weights do."""
    weights = load_file(files["F5_CKPT_FILE"])
    kept = {name: each for name, each in weights.items() if name not in ("initted", "step")}
    path = Path(files["F5_CKPT_FILE"]).with_suffix(".pt")
    torch.save(wrap(kept), path)
    found = sample(loaded({**files, "F5_CKPT_FILE": str(path)}), reference, TEXT, 220, steps=5)
    assert torch.equal(found, sample(model, reference, TEXT, 220, steps=5))


def test_half_precision_checkpoint_runs_in_the_chosen_precision(files: Environ, reference: torch.Tensor) -> None:
    """The file's precision is not the model's: float16 weights are made float32 where that is asked for."""
    path = Path(files["F5_CKPT_FILE"])
    halves = {name: each.half() if each.is_floating_point() else each for name, each in load_file(path).items()}
    save_file(halves, path)
    model = loaded(files)
    assert {parameter.dtype for parameter in model.flow.transformer.parameters()} == {torch.float32}
    assert sample(model, reference, TEXT, 220, steps=5).isfinite().all()


def test_only_per_frame_weights_are_in_half_precision(files: Environ) -> None:
    """Blocks and convolutions are bfloat16; what is computed once, and the rotary angles, stay float32."""
    model = loaded({**files, "F5_DTYPE": "bfloat16"})
    halves = {name for name, each in model.flow.transformer.state_dict().items() if each.dtype is torch.bfloat16}
    assert "transformer_blocks.0.attn.to_q.weight" in halves
    assert "input_embed.conv_pos_embed.conv1d.0.weight" in halves
    assert not {name for name in halves if "attn_norm" in name or "time_embed" in name or "text_embed" in name}
    assert "rotary_embed.inv_freq" not in halves


def edit_weights(change: Callable[[dict[str, torch.Tensor]], object]) -> Callable[[Environ], None]:
    def edit(files: Environ) -> None:
        weights = load_file(files["F5_CKPT_FILE"])
        change(weights)
        Path(files["F5_CKPT_FILE"]).unlink()
        save_file(weights, files["F5_CKPT_FILE"])

    return edit


def cut(variable: str, name: str = "") -> Callable[[Environ], None]:
    def edit(files: Environ) -> None:
        path = Path(files[variable]) / name
        path.write_bytes(path.read_bytes()[:-1000])

    return edit


def overwrite(variable: str, content: bytes, name: str = "") -> Callable[[Environ], None]:
    def edit(files: Environ) -> None:
        (Path(files[variable]) / name).write_bytes(content)

    return edit


def setting(variable: str, value: str) -> Callable[[Environ], None]:
    return lambda files: files.update({variable: value})


def other_vocab(files: Environ) -> None:
    path = Path(files["F5_VOCODER_DIR"]) / "short.txt"
    path.write_text("".join(official_vocab().read_text("utf-8").splitlines(keepends=True)[:100]), "utf-8")
    files["F5_VOCAB_FILE"] = str(path)


def other_arch(**changed: object) -> Callable[[Environ], None]:
    def edit(files: Environ) -> None:
        path = Path(files["F5_MODEL"])
        content = yaml.safe_load(path.read_text())
        content["model"]["arch"] = {**ARCH, **changed}
        path.write_text(yaml.safe_dump(content))

    return edit


def other_model(**changed: object) -> Callable[[Environ], None]:
    def edit(files: Environ) -> None:
        path = Path(files["F5_MODEL"])
        content = yaml.safe_load(path.read_text())
        content["model"].update(changed)
        path.write_text(yaml.safe_dump(content))

    return edit


def pickled(content: object) -> Callable[[Environ], None]:
    def edit(files: Environ) -> None:
        path = Path(files["F5_CKPT_FILE"]).with_suffix(".pt")
        torch.save(content, path)
        files["F5_CKPT_FILE"] = str(path)

    return edit


def cut_pickle(files: Environ) -> None:
    pickled({"ema_model_state_dict": {"a": torch.ones(5000)}})(files)
    cut("F5_CKPT_FILE")(files)


QUERY = "ema_model.transformer.transformer_blocks.0.attn.to_q.weight"

BROKEN: dict[str, tuple[Callable[[Environ], None], str]] = {
    "missing": (
        setting("F5_CKPT_FILE", "/nowhere/model_9.safetensors"),
        r"^F5_CKPT_FILE: there is no file model_9.safe",
    ),
    "cut short": (
        cut("F5_CKPT_FILE"),
        r"^F5_CKPT_FILE: model.safetensors is cut short or no safetensors file; replace it with a complete",
    ),
    "empty": (overwrite("F5_CKPT_FILE", b""), r"^F5_CKPT_FILE: model.safetensors is cut short"),
    "a web page": (
        overwrite("F5_CKPT_FILE", b"<!doctype html>" * 99),
        r"^F5_CKPT_FILE: model.safetensors is cut short",
    ),
    "a git-lfs pointer": (
        overwrite("F5_CKPT_FILE", b"version https://git-lfs.github.com/spec/v1\n"),
        r"^F5_CKPT_FILE: model.safetensors is cut short",
    ),
    "another shape": (
        edit_weights(lambda weights: weights.update({QUERY: torch.ones(8, 64)})),
        r"model.safetensors has transformer_blocks.0.attn.to_q.weight of 8×64 where 64×64 is needed; set F5_MODEL",
    ),
    "a tensor missing": (
        edit_weights(lambda weights: weights.pop(QUERY)),
        r"lacks 1 of the model's \d+ tensors, such as transformer_blocks.0.attn.to_q.weight; set F5_MODEL",
    ),
    "a tensor too many": (
        edit_weights(lambda weights: weights.update({"ema_model.transformer.extra": torch.ones(1)})),
        r"holds extra, which this model does not have; set F5_MODEL",
    ),
    "a deeper architecture": (
        other_arch(depth=3),
        r"lacks 14 of the model's \d+ tensors, such as transformer_blocks.2",
    ),
    "a wider architecture": (other_arch(dim=128), r"model.safetensors has .+ is needed; set F5_MODEL"),
    "another vocabulary": (
        other_vocab,
        r"2546×32 where 101×32 is needed; set F5_VOCAB_FILE .*short.txt has 100 entries",
    ),
    "no vocabulary": (
        overwrite("F5_VOCODER_DIR", b"a\nb\n", "vocab.txt"),
        r"^F5_VOCAB_FILE: vocab.txt does not start with a line that holds one blank; replace it",
    ),
    "a pickle cut short": (cut_pickle, r"^F5_CKPT_FILE: model.pt is cut short, no PyTorch checkpoint"),
    "a pickle of code": (
        pickled({"model": Path("x")}),
        r"model.pt is cut short, .* or holds more than weights; replace it",
    ),
    "a pickle of a list": (pickled([torch.ones(2)]), r"^F5_CKPT_FILE: model.pt holds no weights by name; replace it"),
    "no configuration": (overwrite("F5_MODEL", b"a: [1"), r"^F5_MODEL: Tiny.yaml is no YAML"),
    "another configuration": (
        overwrite("F5_MODEL", b"model: {name: x}"),
        r"^F5_MODEL: Tiny.yaml is no configuration of",
    ),
    "an unknown word in it": (
        other_arch(width=3),
        r"^F5_MODEL: Tiny.yaml has a model.arch that DiT does not take .*width",
    ),
    "another backbone": (other_model(backbone="UNetT"), r"Tiny.yaml is for UNetT with vocos; only DiT with vocos"),
    "an unknown model": (setting("F5_MODEL", "F5TTS_v9"), r"^F5_MODEL is 'F5TTS_v9'; known are .*F5TTS_v1_Base"),
    "no vocoder": (setting("F5_VOCODER_DIR", "/nowhere"), r"^F5_VOCODER_DIR: there is no file config.yaml; mend"),
    "a vocoder cut short": (
        cut("F5_VOCODER_DIR", "pytorch_model.bin"),
        r"^F5_VOCODER_DIR: pytorch_model.bin is cut short",
    ),
    "a vocoder of another kind": (
        overwrite("F5_VOCODER_DIR", b"backbone: {class_path: os.system}\nhead: {}\n", "config.yaml"),
        r"^F5_VOCODER_DIR: config.yaml is no configuration of Vocos",
    ),
}


@pytest.mark.parametrize(("breakage", "sentence"), BROKEN.values(), ids=BROKEN)
def test_broken_file_error_names_file_and_remedy(
    files: Environ, breakage: Callable[[Environ], None], sentence: str
) -> None:
    """Each kind of damage is one ConfigError with the setting, the file's base name and the way out; no path."""
    breakage(files)
    if (vocab := Path(files["F5_VOCODER_DIR"]) / "vocab.txt").is_file():
        files["F5_VOCAB_FILE"] = str(vocab)
    with pytest.raises(ConfigError, match=sentence) as caught:
        loaded(files)
    assert "; " in caught.value.message
    assert "/" not in caught.value.message.replace("owner/repo", "")
    assert "\n" not in caught.value.message


def in_hub(folder: Path, repository: str, commit: str, name: str, size: int = 1) -> Path:
    """A file of zeros that takes no space."""
    path = folder / f"models--{repository.replace('/', '--')}" / "snapshots" / commit / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)
    return path


WEIGHTS = ("F5TTS_v1_Base/model_1250000.safetensors", 1_348_435_761)


def in_hub_whole(folder: Path) -> Path:
    in_hub(folder, "charactr/vocos-mel-24khz", "b", "config.yaml", 461)
    in_hub(folder, "charactr/vocos-mel-24khz", "b", "pytorch_model.bin", 54_365_991)
    return in_hub(folder, "SWivid/F5-TTS", "a1", *WEIGHTS)


def test_runpod_cache_is_used(tmp_path: Path) -> None:
    """Files in RunPod's folder of cached models are taken as they are; nothing is fetched or copied."""
    weights = in_hub_whole(tmp_path / "cache")
    settings = Settings.read({"MODELS_DIR": str(tmp_path / "models")})
    files = find_files(settings, tmp_path / "cache")
    assert files.checkpoint.path == weights
    assert files.license == "CC-BY-NC-4.0"
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize(
    ("variable", "below"), [("MODELS_DIR", "huggingface"), ("HF_HOME", "hub"), ("HF_HUB_CACHE", "")]
)
def test_fetched_files_are_found(tmp_path: Path, variable: str, below: str) -> None:
    """Each folder that the hub may keep its models in is looked into before anything is fetched."""
    weights = in_hub_whole(tmp_path / below)
    files = find_files(Settings.read({"MODELS_DIR": str(tmp_path / "m"), variable: str(tmp_path)}), tmp_path / "no")
    assert files.checkpoint.path == weights


def test_the_main_branch_is_preferred(tmp_path: Path) -> None:
    """Of several snapshots the one that the main branch points to is taken."""
    in_hub_whole(tmp_path)
    in_hub(tmp_path, "someone/else", "a1", "model.pt")
    newer = in_hub(tmp_path, "someone/else", "a2", "model.pt")
    (tmp_path / "models--someone--else" / "refs").mkdir()
    (tmp_path / "models--someone--else" / "refs" / "main").write_text("a2")
    settings = Settings.read({"F5_CKPT_FILE": "hf://someone/else/model.pt"})
    assert find_files(settings, tmp_path).checkpoint.path == newer


@pytest.mark.usefixtures("_offline")
def test_truncated_official_weights_are_rejected(tmp_path: Path) -> None:
    """The official files are known by their size, whoever fetched them: half of one counts as none."""
    in_hub_whole(tmp_path)
    in_hub(tmp_path, "SWivid/F5-TTS", "a1", WEIGHTS[0], WEIGHTS[1] - 1)
    settings = Settings.read({"MODELS_DIR": str(tmp_path / "models")})
    with pytest.raises(ConfigError, match=r"model_1250000.safetensors of SWivid/F5-TTS is not on this disk"):
        find_files(settings, tmp_path)


@pytest.fixture
def _offline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    import huggingface_hub.constants
    from huggingface_hub.utils._http import reset_sessions

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    reset_sessions()
    yield
    # Sessions are kept for each thread, whose numbers come again in other tests.
    reset_sessions()


@pytest.mark.usefixtures("_offline")
def test_unreachable_weights_raise_config_error(tmp_path: Path) -> None:
    """Without the hub the error names the repository and the setting that would do without it."""
    settings = Settings.read({"MODELS_DIR": str(tmp_path)})
    with pytest.raises(
        ConfigError, match=r"model_1250000.safetensors of SWivid/F5-TTS .* could not be .* set F5_CKPT_FILE"
    ):
        find_files(settings, tmp_path / "no")


@pytest.mark.parametrize(
    ("environ", "license_"),
    [
        ({"F5_CKPT_FILE": "hf://mrfakename/OpenF5-TTS-Base/model.pt"}, "Apache-2.0"),
        ({"F5_CKPT_FILE": "hf://someone/else/model.pt"}, "unknown (set F5_MODEL_LICENSE)"),
        ({"F5_CKPT_FILE": "hf://someone/else/model.pt", "F5_MODEL_LICENSE": "MIT"}, "MIT"),
    ],
)
def test_licence_is_that_of_the_weights(tmp_path: Path, environ: Environ, license_: str) -> None:
    """Known repositories bring their licence, a setting has the last word, and unknown is called unknown."""
    in_hub_whole(tmp_path)
    _, _, owner, name, file = environ["F5_CKPT_FILE"].split("/")
    weights = in_hub(tmp_path, f"{owner}/{name}", "c", file)
    assert find_files(Settings.read(environ), tmp_path).license == license_
    assert find_files(Settings.read({**environ, "F5_CKPT_FILE": str(weights)}), tmp_path).license == license_


@pytest.mark.parametrize("wanted", ["hf://owner", "hf://owner/repo", "hf:///repo/file"])
def test_incomplete_hub_address_is_refused(tmp_path: Path, wanted: str) -> None:
    """An incomplete ``hf://`` is refused with the form it must have."""
    with pytest.raises(ConfigError, match="must be a path, or hf://owner/repo/file"):
        find_files(Settings.read({"F5_CKPT_FILE": wanted}), tmp_path)


def test_architecture_without_official_weights_needs_ckpt_file(tmp_path: Path) -> None:
    """A configuration of upstream's that has no published weights says which setting is missing."""
    with pytest.raises(ConfigError, match="F5_CKPT_FILE is not set, and F5_MODEL has official weights only for"):
        find_files(Settings.read({"F5_MODEL": "F5TTS_v1_Small"}), tmp_path)


class Trap:
    """A pickle of it calls a function where it is read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[[str, str], object], tuple[str, str]]:
        return open, (str(self._path), "w")


def test_checkpoint_that_brings_code_is_refused(files: Environ, tmp_path: Path) -> None:
    """A ``.pt`` is read as weights alone: what else it would do is not done, and the error says so."""
    path, sprung = Path(files["F5_CKPT_FILE"]).with_suffix(".pt"), tmp_path / "sprung"
    torch.save({"ema_model_state_dict": {"ema_model.a": Trap(sprung)}}, path)
    with pytest.raises(ConfigError, match="holds more than weights"):
        loaded({**files, "F5_CKPT_FILE": str(path)})
    assert not sprung.exists()
    torch.load(path, weights_only=False)
    assert sprung.exists(), "it was no trap"
