"""Small networks as ONNX files, written field by field (onnx.proto), so that no test needs to fetch one."""

from __future__ import annotations

FLOAT, INT, INTS = 1, 2, 7  # TensorProto.FLOAT, AttributeProto.INT, AttributeProto.INTS


def mean_of_input() -> bytes:
    """`input_features` [1, 80, 800] -> the sigmoid of their mean, [1, 1]."""
    graph = (
        _message(1, _node("ReduceMean", "input_features", "rows", axes=[2], keepdims=0))
        + _message(1, _node("ReduceMean", "rows", "mean", axes=[1], keepdims=1))
        + _message(1, _node("Sigmoid", "mean", "probability"))
        + _message(2, b"mean")
        + _message(11, _value("input_features", 1, 80, 800))
        + _message(12, _value("probability", 1, 1))
    )
    return _number(1, 8) + _message(7, graph) + _message(8, _number(2, 13))


def _node(kind: str, source: str, target: str, **attributes: int | list[int]) -> bytes:
    node = _message(1, source.encode()) + _message(2, target.encode()) + _message(4, kind.encode())
    for name, value in attributes.items():
        if isinstance(value, int):
            content = _number(3, value) + _number(20, INT)
        else:
            content = b"".join(_number(8, each) for each in value) + _number(20, INTS)
        node += _message(5, _message(1, name.encode()) + content)
    return node


def _value(name: str, *shape: int) -> bytes:
    dimensions = b"".join(_message(1, _number(1, size)) for size in shape)
    tensor = _number(1, FLOAT) + _message(2, dimensions)
    return _message(1, name.encode()) + _message(2, _message(1, tensor))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _message(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])
