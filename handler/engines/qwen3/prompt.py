"""Build what the talker hears before its first frame, in upstream's order, for one chunk.

A position's input is the sum of a text embedding and a codec embedding. In order: the instruction, the role, then the
language and the speaker; then for a clone the clip's transcript and text with the clip's codes beside them, and else
the whole text. Text that has no place beside the clip's codes follows, one token with each frame (``trailing``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from handler.engines.qwen3.loading import Clone, Model

ROLE = 3  # tokens of "<|im_start|>assistant\n"
END = 5  # tokens of "<|im_end|>\n<|im_start|>assistant\n"
CLIP_END = 2  # tokens of "<|im_end|>\n"
DIALECTS_OF = {"auto", "chinese"}  # languages in which a speaker of a dialect speaks it


@dataclass(frozen=True)
class Said:
    """What was said before: its text, and its codes [frames, code groups]."""

    text: str
    codes: Tensor


@dataclass(frozen=True)
class Request:
    """What to speak and how. ``language`` is one of the model's, or ``auto``; ``transcript`` that of the clip.

    Without a clip, speech goes on in the voice of what was ``said``, as if both were one text.
    """

    text: str
    language: str = "auto"
    speaker: str | None = None
    instruct: str | None = None
    clone: Clone | None = None
    transcript: str = ""
    said: Said | None = None

    @property
    def codes_before(self) -> Tensor | None:
        """The codes that the speech follows: those of the clip, or of what was said."""
        if self.clone is not None:
            return self.clone.codes
        return None if self.said is None else self.said.codes


@dataclass(frozen=True)
class Prompt:
    """Embeddings of the prompt and of the text that accompanies the frames, both [length, width].

    ``pad`` is the text embedding [width] of the frames after that text.
    """

    embeddings: Tensor
    trailing: Tensor
    pad: Tensor


@torch.inference_mode()
def build(model: Model, request: Request) -> Prompt:
    """The prompt of a request."""
    network, config = model.network, model.network.config
    codec = config.talker_config
    bos, eos, pad = _text(model, [config.tts_bos_token_id, config.tts_eos_token_id, config.tts_pad_token_id])[:, None]
    whole = request.text if request.said is None else f"{request.said.text} {request.text}"
    ids = _ids(model, f"<|im_start|>assistant\n{whole}<|im_end|>\n<|im_start|>assistant\n")
    text = ids[ROLE:-END]
    head = [_codes(network, _language(model, request))]
    if request.clone is not None:
        head.append(request.clone.speaker[None])
    elif request.speaker is not None:
        head.append(_codes(network, [codec.spk_id[request.speaker]]))
    head.append(_codes(network, [codec.codec_pad_id]))
    beside = torch.cat(head)
    parts = [
        _text(model, ids[:ROLE]),
        torch.cat((pad.expand(len(beside) - 1, -1), bos)) + beside,
    ]
    if request.instruct:
        parts.insert(0, _text(model, _ids(model, f"<|im_start|>user\n{request.instruct}<|im_end|>\n")))
    start = _codes(network, [codec.codec_bos_id])
    trailing = pad
    if request.clone is None or request.clone.codes is None:
        spoken = torch.cat((_text(model, text), eos))
        if request.clone is None:
            parts += [spoken + _codes(network, [codec.codec_pad_id]), pad + start]
            if request.said is not None:
                parts.append(pad + frame_embeddings(network, request.said.codes))
        else:  # as upstream has it for a clone: the text accompanies the frames
            parts.append(spoken[:1] + start)
            trailing = spoken[1:]
    else:
        clip = _ids(model, f"<|im_start|>assistant\n{request.transcript}<|im_end|>\n")[ROLE:-CLIP_END]
        spoken = torch.cat((_text(model, clip + text), eos))
        frames = torch.cat((start, frame_embeddings(network, request.clone.codes)))
        trailing = spoken[len(frames) :] if len(spoken) > len(frames) else pad
        missing = max(0, len(frames) - len(spoken))
        parts.append(torch.cat((spoken, pad.expand(missing, -1)))[: len(frames)] + frames)
    return Prompt(torch.cat(parts), trailing, pad[0])


def frame_embeddings(network: Any, codes: Tensor) -> Tensor:
    """The talker's input [frames, width] of frames of codes [frames, code groups]."""
    tables = [network.talker.model.codec_embedding, *network.talker.code_predictor.model.codec_embedding]
    # A sum of a stack, as upstream has it: another order would round otherwise.
    groups = [table(codes[:, group]) for group, table in enumerate(tables)]
    return torch.stack(groups, dim=1).sum(1)


def _language(model: Model, request: Request) -> list[int]:
    """The codec tokens that name the language, or leave it to the model."""
    codec = model.network.config.talker_config
    language: str | None = None if request.language == "auto" else request.language
    dialect = codec.spk_is_dialect.get(request.speaker) if request.speaker else None
    if dialect and request.language in DIALECTS_OF:
        language = dialect
    if language is None:
        return [codec.codec_nothink_id, codec.codec_think_bos_id, codec.codec_think_eos_id]
    number = codec.codec_language_id[language]
    return [codec.codec_think_id, codec.codec_think_bos_id, number, codec.codec_think_eos_id]


def _ids(model: Model, text: str) -> list[int]:
    ids: list[int] = model.tokenize(text=text)["input_ids"][0]
    return ids


def _text(model: Model, ids: list[int]) -> Tensor:
    """The projected embeddings [tokens, width] of text."""
    talker = model.network.talker
    numbers = torch.tensor(ids, dtype=torch.long, device=model.device)
    projected: Tensor = talker.text_projection(functional.embedding(numbers, talker.model.text_embedding.weight))
    return projected


def _codes(network: Any, ids: list[int]) -> Tensor:
    """The embeddings [codes, width] of the talker's codes."""
    table = network.talker.model.codec_embedding
    embedded: Tensor = table(torch.tensor(ids, dtype=torch.long, device=table.weight.device))
    return embedded
