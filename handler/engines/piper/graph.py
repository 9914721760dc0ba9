"""Edit the graph of a Piper voice in its file's bytes: its durations become an output, its noise comes from outside.

The file is a protobuf message of ONNX (``ModelProto``). A field is a key (number and wire type) and a value; all edits
are whole fields left out or added, so that nothing else of the format need be known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from handler.errors import ConfigError

DURATIONS = "worker_durations"
"""Output: frames of each id, float32 [1, 1, ids]."""
PACE_NOISE = "worker_pace_noise"
"""Input: noise of the durations, float32 [1, 2, ids]."""
SOUND_NOISE = "worker_sound_noise"
"""Input: noise of the sound, float32 [1, NOISE_CHANNELS, frames or more]; what is too much is cut off."""
NOISE_CHANNELS = 192

# Known by their kinds, as names depend on the program that made the file. The first random node makes the noise of the
# durations, the second that of the sound; the one rounding up makes the frames.
_RANDOM, _ROUND_UP = "RandomNormalLike", "Ceil"
_SHAPE, _ZEROS = "worker_shape", "worker_zeros"

# Numbers of fields in onnx.proto, and the two types of elements that are used here.
_MODEL_GRAPH = 7
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_INPUT, _GRAPH_OUTPUT = 1, 5, 11, 12
_NODE_INPUT, _NODE_OUTPUT, _NODE_NAME, _NODE_OP = 1, 2, 3, 4
_FLOAT, _INT64 = 1, 7
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class _Field(NamedTuple):
    """A field of a message: its number, its value if that is bytes, and all its bytes with the key."""

    number: int
    value: memoryview
    raw: memoryview


def edited(model: bytes) -> bytes:
    """The model with DURATIONS as an output, and PACE_NOISE and SOUND_NOISE as inputs instead of its random nodes.

    Raises ConfigError for a file that is no Piper voice.
    """
    try:
        fields = list(_fields(memoryview(model)))
        if _MODEL_GRAPH not in {field.number for field in fields}:
            raise ValueError("the file has no graph")
        # Joined once, at the end: most of the bytes are weights, which pass as they are.
        pieces: list[bytes | memoryview] = []
        for field in fields:
            if field.number == _MODEL_GRAPH:
                graph = _edited_graph(field.value)
                pieces += [_head(_MODEL_GRAPH, sum(map(len, graph))), *graph]
            else:
                pieces.append(field.raw)
        return b"".join(pieces)
    except (IndexError, ValueError) as error:
        raise ConfigError("the voice's .onnx file is no whole Piper voice; remove it to fetch it again") from error


def _edited_graph(graph: memoryview) -> list[bytes | memoryview]:
    pieces: list[bytes | memoryview] = []
    found: list[str] = []
    for field in _fields(graph):
        op = _text(field.value, _NODE_OP) if field.number == _GRAPH_NODE else ""
        output = _text(field.value, _NODE_OUTPUT) if op in {_RANDOM, _ROUND_UP} else ""
        if op != _RANDOM:
            pieces.append(field.raw)
            pieces += [_node("Identity", [output], DURATIONS)] if op == _ROUND_UP else []
        elif op not in found:
            pieces.append(_node("Identity", [PACE_NOISE], output))
        else:
            like = _text(field.value, _NODE_INPUT)
            pieces += [_node("Shape", [like], _SHAPE), _node("Slice", [SOUND_NOISE, _ZEROS, _SHAPE], output)]
        found += [op] if output else []
    if sorted(found) != [_ROUND_UP, _RANDOM, _RANDOM]:
        raise ValueError("the graph lacks the random nodes of a Piper voice")
    zeros = _number(1, 3) + _number(2, _INT64) + _chunk(8, _ZEROS.encode()) + _chunk(9, bytes(3 * 8))
    return [
        *pieces,
        _chunk(_GRAPH_INITIALIZER, zeros),
        _chunk(_GRAPH_INPUT, _tensor(PACE_NOISE, (1, 2, "ids"))),
        _chunk(_GRAPH_INPUT, _tensor(SOUND_NOISE, (1, NOISE_CHANNELS, "enough"))),
        _chunk(_GRAPH_OUTPUT, _tensor(DURATIONS, (1, 1, "ids"))),
    ]


def _fields(message: memoryview) -> Iterator[_Field]:
    """The fields of a message. Raises IndexError or ValueError where it is cut off or is no message."""
    at = 0
    while at < len(message):
        start = at
        key, at = _varint(message, at)
        kind, body = key & 7, at
        if kind == _VARINT:
            _, at = _varint(message, at)
        elif kind == _BYTES:
            size, body = _varint(message, at)
            at = body + size
        elif kind in (_FIXED32, _FIXED64):
            at += 4 if kind == _FIXED32 else 8
        else:
            raise ValueError(f"wire type {kind} is unknown")
        if at > len(message):
            raise IndexError("the message is cut off")
        yield _Field(key >> 3, message[body:at], message[start:at])


def _text(message: memoryview, number: int) -> str:
    """The first text field of that number; "" if there is none."""
    return next((bytes(field.value).decode() for field in _fields(message) if field.number == number), "")


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """The number that starts at ``at``, 7 bits a byte, the low ones first, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def _put(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _put(field << 3 | _VARINT) + _put(value)


def _chunk(field: int, body: bytes) -> bytes:
    return _head(field, len(body)) + body


def _head(field: int, size: int) -> bytes:
    """What stands before so many bytes of a field."""
    return _put(field << 3 | _BYTES) + _put(size)


def _node(op: str, inputs: list[str], output: str) -> bytes:
    names = b"".join(_chunk(_NODE_INPUT, name.encode()) for name in inputs) + _chunk(_NODE_OUTPUT, output.encode())
    own_name = _chunk(_NODE_NAME, f"{op} of {output}".encode())
    return _chunk(_GRAPH_NODE, names + own_name + _chunk(_NODE_OP, op.encode()))


def _tensor(name: str, shape: tuple[int | str, ...]) -> bytes:
    """A ValueInfoProto of float32; a dimension is a number, or the name of one that may vary."""
    sizes = (_chunk(2, size.encode()) if isinstance(size, str) else _number(1, size) for size in shape)
    dimensions = b"".join(_chunk(1, size) for size in sizes)
    return _chunk(1, name.encode()) + _chunk(2, _chunk(1, _number(1, _FLOAT) + _chunk(2, dimensions)))
