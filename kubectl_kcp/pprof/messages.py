"""The messages of pprof's ``profile.proto`` as protobuf classes, described at run time.

Names and numbers are those of the format (github.com/google/pprof/blob/main/proto/profile.proto). No code is generated:
generated code demands the protobuf release it was made with or a later one, this description works with all of them.

The repeated messages and strings of ``Profile`` are described as ``bytes``, which is the same on the wire. So they
are decoded one at a time by whoever needs them: a profile of millions of tiny entries does not unfold in memory, and a
name that is not UTF-8 does not spoil the rest.
"""

from __future__ import annotations

from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_INT64, _UINT64, _BOOL, _BYTES, _MESSAGE = 3, 4, 8, 12, 11
_OPTIONAL, _REPEATED = 1, 3

_FIELDS: Final[dict[str, tuple[tuple[int, str, int, int], ...]]] = {
    "ValueType": ((1, "type", _OPTIONAL, _INT64), (2, "unit", _OPTIONAL, _INT64)),
    "Label": (
        (1, "key", _OPTIONAL, _INT64),
        (2, "str", _OPTIONAL, _INT64),
        (3, "num", _OPTIONAL, _INT64),
        (4, "num_unit", _OPTIONAL, _INT64),
    ),
    "Sample": ((1, "location_id", _REPEATED, _UINT64), (2, "value", _REPEATED, _INT64), (3, "label", _REPEATED, _MESSAGE)),
    "Mapping": (
        (1, "id", _OPTIONAL, _UINT64),
        (2, "memory_start", _OPTIONAL, _UINT64),
        (3, "memory_limit", _OPTIONAL, _UINT64),
        (4, "file_offset", _OPTIONAL, _UINT64),
        (5, "filename", _OPTIONAL, _INT64),
        (6, "build_id", _OPTIONAL, _INT64),
        (7, "has_functions", _OPTIONAL, _BOOL),
        (8, "has_filenames", _OPTIONAL, _BOOL),
        (9, "has_line_numbers", _OPTIONAL, _BOOL),
        (10, "has_inline_frames", _OPTIONAL, _BOOL),
    ),
    "Line": ((1, "function_id", _OPTIONAL, _UINT64), (2, "line", _OPTIONAL, _INT64), (3, "column", _OPTIONAL, _INT64)),
    "Location": (
        (1, "id", _OPTIONAL, _UINT64),
        (2, "mapping_id", _OPTIONAL, _UINT64),
        (3, "address", _OPTIONAL, _UINT64),
        (4, "line", _REPEATED, _MESSAGE),
        (5, "is_folded", _OPTIONAL, _BOOL),
    ),
    "Function": (
        (1, "id", _OPTIONAL, _UINT64),
        (2, "name", _OPTIONAL, _INT64),
        (3, "system_name", _OPTIONAL, _INT64),
        (4, "filename", _OPTIONAL, _INT64),
        (5, "start_line", _OPTIONAL, _INT64),
    ),
    "Profile": (
        (1, "sample_type", _REPEATED, _BYTES),
        (2, "sample", _REPEATED, _BYTES),
        (3, "mapping", _REPEATED, _BYTES),
        (4, "location", _REPEATED, _BYTES),
        (5, "function", _REPEATED, _BYTES),
        (6, "string_table", _REPEATED, _BYTES),
        (7, "drop_frames", _OPTIONAL, _INT64),
        (8, "keep_frames", _OPTIONAL, _INT64),
        (9, "time_nanos", _OPTIONAL, _INT64),
        (10, "duration_nanos", _OPTIONAL, _INT64),
        (11, "period_type", _OPTIONAL, _BYTES),
        (12, "period", _OPTIONAL, _INT64),
        (13, "comment", _REPEATED, _INT64),
        (14, "default_sample_type", _OPTIONAL, _INT64),
    ),
}
_NESTED: Final = {("Sample", "label"): "Label", ("Location", "line"): "Line"}
_PACKAGE: Final = "kubectl_kcp.pprof"


def _classes() -> dict[str, Any]:
    pool = descriptor_pool.DescriptorPool()
    file = descriptor_pb2.FileDescriptorProto(name="kubectl_kcp/profile.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _FIELDS.items():
        message = file.message_type.add(name=name)
        for number, field_name, label, kind in fields:
            field = message.field.add(name=field_name, number=number, label=label, type=kind)
            if kind == _MESSAGE:
                field.type_name = f".{_PACKAGE}.{_NESTED[name, field_name]}"
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in _FIELDS}


_made = _classes()
Profile: Final = _made["Profile"]
Sample: Final = _made["Sample"]
Label: Final = _made["Label"]
Mapping: Final = _made["Mapping"]
Location: Final = _made["Location"]
Line: Final = _made["Line"]
Function: Final = _made["Function"]
ValueType: Final = _made["ValueType"]
