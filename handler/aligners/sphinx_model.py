"""The acoustic model of pocketsphinx's wheel in numpy: which states a phone has, and how likely sounds are in them.

pocketsphinx shows only what its search found. Edges to the frame need what the search throws away: the likelihood of
each state in each frame, with a silence that is adapted to the recording (`sphinx_edges.py`).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from handler.aligners.sphinx_decoding import model_folder

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

STATES = 3
"""Of each phone, one after the other: none is left out."""
_INTERNAL, _BEGIN, _END, _SINGLE = range(4)  # where in its word a phone stands
_POSITIONS = 4
_MIN_VARIANCE = 1e-4
# Mixture weights are eight-bit logarithms in steps of so many nats. They stay bytes: there are two million.
_WEIGHT_STEP = 1024 * np.log(1.0001)
_WEIGHTS = np.exp(-_WEIGHT_STEP * np.arange(256)).astype(np.float32)
_FLOOR = 1e-30


@dataclass(frozen=True)
class AcousticModel:
    """Phones, triphones and Gaussians.

    A triphone has three states of ``senones``; each senone mixes the 128 Gaussians of its phone in three streams
    (cepstra, their first and their second differences), which are independent of one another.

    ``triphones``: [position in the word, phone, left, right] → triphone, -1 where there is none of its own.
    ``senones``: [triphone, state].
    ``matrices``: [triphone] → transition matrix.
    ``stay``, ``leave``: [matrix, state]; the logarithms of staying in the state and of leaving it.
    ``owners``: [senone] → phone.
    ``means``: of each phone [stream, Gaussian, dimension].
    ``precisions``: [phone, stream, Gaussian, dimension]; each is one over the variance.
    ``forms``: of each phone [stream, term, Gaussian]; the Gaussians as linear forms (`_forms`).
    ``weights``: [stream, senone, Gaussian]; numbers of `_WEIGHTS`.
    """

    phones: dict[str, int]
    triphones: Array
    senones: Array
    matrices: Array
    stay: Array
    leave: Array
    owners: Array
    means: tuple[Array, ...]
    precisions: Array
    forms: tuple[Array, ...]
    weights: Array

    @property
    def silence(self) -> int:
        """The phone of silence."""
        return self.phones["SIL"]

    def triphone(self, phone: int, left: int, right: int, *, first: bool, last: bool) -> int:
        """The triphone of a phone between two others; one of another place, or the phone alone, where it is not there.

        The order is that of pocketsphinx (`bin_mdef_phone_id_nearest`).
        """
        position = (_INTERNAL, _BEGIN, _END, _SINGLE)[first + 2 * last]
        contexts = [(left, right), (self.silence if first else left, self.silence if last else right)]
        for before, after in contexts:
            for place in (position, *range(_POSITIONS)):
                found = int(self.triphones[place, phone, before, after])
                if found >= 0:
                    return found
        return phone

    def scores(self, features: Array, senones: Array) -> Array:
        """The log likelihoods [frame, senone] of features [frame, stream, dimension]."""
        scores = np.empty((len(features), len(senones)), np.float32)
        terms = _terms(features)
        owners = self.owners[senones]
        for phone in np.unique(owners):
            columns = np.flatnonzero(owners == phone)
            total: Array = np.zeros((len(features), len(columns)), np.float32)
            for stream in range(features.shape[1]):
                gaussians = terms[:, stream] @ self.forms[phone][stream]
                best = gaussians.max(1, keepdims=True)
                gaussians -= best
                np.exp(gaussians, out=gaussians)
                mixed = gaussians @ _WEIGHTS[self.weights[stream, senones[columns]]].T
                total += np.log(mixed + np.float32(_FLOOR)) + best
            scores[:, columns] = total
        return scores

    def responsibilities(self, features: Array, phone: int, stream: int) -> Array:
        """The share of each Gaussian of a phone, all its states alike, in one stream: [frame, Gaussian]."""
        weights = _WEIGHTS[self.weights[stream, self.owners == phone]].mean(0)
        gaussians = _terms(features) @ self.forms[phone][stream] + np.log(weights + _FLOOR)
        gaussians = np.exp(gaussians - gaussians.max(1, keepdims=True))
        return np.asarray(gaussians / gaussians.sum(1, keepdims=True))

    def moved(self, phone: int, offsets: Array) -> AcousticModel:
        """The model with offsets [stream, dimension] added to the means of a phone."""
        means = self.means[phone] + offsets[:, None]
        forms = _forms(means, self.precisions[phone])
        # All other phones are those of this model: a copy of them would take megabytes.
        return replace(self, means=_with(self.means, phone, means), forms=_with(self.forms, phone, forms))


def _with(arrays: tuple[Array, ...], at: int, array: Array) -> tuple[Array, ...]:
    return (*arrays[:at], array, *arrays[at + 1 :])


def _terms(features: Array) -> Array:
    """What the logarithm of a Gaussian is a linear form of: the features, their squares, and one."""
    return np.concatenate([features, features * features, np.ones_like(features[..., :1])], axis=-1)


def _forms(means: Array, precisions: Array) -> Array:
    """The linear forms of Gaussians [..., term, Gaussian]."""
    constants = 0.5 * (np.log(precisions / (2 * np.pi)) - means * means * precisions).sum(-1, keepdims=True)
    return np.asarray(np.concatenate([means * precisions, -precisions / 2, constants], axis=-1).swapaxes(-1, -2).copy())


def read() -> AcousticModel:
    """Read the model of the wheel; its formats are those of CMU Sphinx."""
    folder = model_folder()
    names, entries, sequences = _definition((folder / "mdef").read_bytes())
    transitions = _parameters((folder / "transition_matrices").read_bytes(), 3)
    transitions = transitions / transitions.sum(-1, keepdims=True)
    states = range(STATES)
    phones, information = len(names), entries["information"]
    triphones = np.full((_POSITIONS, phones, phones, phones), -1, np.int32)
    triphones[tuple(information[phones:].T)] = np.arange(phones, len(entries))
    senones = sequences[entries["sequence"]]
    owners = np.zeros(int(senones.max()) + 1, np.int32)
    owners[senones] = np.concatenate([np.arange(phones), information[phones:, 1]])[:, None]
    means = _gaussians((folder / "means").read_bytes())
    precisions = 1 / np.maximum(_gaussians((folder / "variances").read_bytes()), np.float32(_MIN_VARIANCE))
    return AcousticModel(
        phones={name: number for number, name in enumerate(names)},
        triphones=triphones,
        senones=senones,
        matrices=entries["matrix"].astype(np.uint8),
        stay=np.log(transitions[:, states, states]),
        leave=np.log(transitions[:, states, np.arange(STATES) + 1]),
        owners=owners,
        means=tuple(means),
        precisions=precisions,
        forms=tuple(_forms(means, precisions)),
        weights=_mixture_weights((folder / "sendump").read_bytes(), len(owners)),
    )


def _definition(body: bytes) -> tuple[list[str], Array, Array]:
    """The phones' names, the triphones (phones alone come first), and the senones of each sequence."""
    _, _, described = struct.unpack_from("<3i", body)
    phones, triphones, states, _, _, _, sequences, _, nodes, _ = struct.unpack_from("<10i", body, 12 + described)
    start = at = 12 + described + 40
    names = []
    for _ in range(phones):
        end = body.index(b"\0", at)
        names.append(body[at:end].decode())
        at = end + 1
    at = start + (at - start + 3) // 4 * 4 + 8 * nodes
    entry = np.dtype([("sequence", "<i4"), ("matrix", "<i4"), ("information", "u1", 4)])
    entries = np.frombuffer(body, entry, triphones, at)
    senones = np.frombuffer(body, "<u2", sequences * states, at + entry.itemsize * triphones + 4)
    return names, entries, senones.reshape(sequences, states)


def _after_header(body: bytes) -> int:
    """The byte after a header of text and a mark of the byte order."""
    header = re.search(rb"endhdr\n", body)
    return (header.end() if header else 0) + 4


def _parameters(body: bytes, dimensions: int) -> Array:
    """An array of floats behind a header of text, a mark of the byte order, its shape and its size."""
    at = _after_header(body)
    shape = struct.unpack_from(f"<{dimensions}i", body, at)
    return np.frombuffer(body, "<f4", int(np.prod(shape)), at + 4 * dimensions + 4).reshape(shape)


def _gaussians(body: bytes) -> Array:
    """[phone, stream, Gaussian, dimension]: each stream's length is written, too, and all are alike."""
    at = _after_header(body)
    phones, streams, gaussians, length = struct.unpack_from("<4i", body, at)
    shape = (phones, streams, gaussians, length)
    return np.frombuffer(body, "<f4", int(np.prod(shape)), at + 12 + 4 * streams + 4).reshape(shape)


def _mixture_weights(body: bytes, senones: int) -> Array:
    at = 0
    while (size := struct.unpack_from("<i", body, at)[0]) > 0:  # lines of description
        at += 4 + size
    gaussians, columns = struct.unpack_from("<2i", body, at + 4)
    stored = np.frombuffer(body, "u1", offset=at + 12).reshape(-1, gaussians, columns)[:, :, :senones]
    return np.ascontiguousarray(stored.swapaxes(1, 2))
