"""The messages of pprof's ``profile.proto`` as protobuf classes, described at run time.

Names and numbers are those of the format (github.com/google/pprof/blob/main/proto/profile.proto).

The repeated messages and strings of ``Profile`` are described as ``bytes``, which is the same on the wire. So they
are decoded one at a time by whoever needs them: a profile of millions of tiny entries does not unfold in memory, and a
name that is not UTF-8 does not spoil the rest.
"""

from __future__ import annotations

from typing import Final

from kubectl_kcp.kube.messages import BOOL, BYTES, INT64, OPTIONAL, REPEATED, UINT64, Row, described

_FIELDS: Final[dict[str, tuple[Row, ...]]] = {
    "ValueType": ((1, "type", OPTIONAL, INT64), (2, "unit", OPTIONAL, INT64)),
    "Label": (
        (1, "key", OPTIONAL, INT64),
        (2, "str", OPTIONAL, INT64),
        (3, "num", OPTIONAL, INT64),
        (4, "num_unit", OPTIONAL, INT64),
    ),
    "Sample": ((1, "location_id", REPEATED, UINT64), (2, "value", REPEATED, INT64), (3, "label", REPEATED, "Label")),
    "Mapping": (
        (1, "id", OPTIONAL, UINT64),
        (2, "memory_start", OPTIONAL, UINT64),
        (3, "memory_limit", OPTIONAL, UINT64),
        (4, "file_offset", OPTIONAL, UINT64),
        (5, "filename", OPTIONAL, INT64),
        (6, "build_id", OPTIONAL, INT64),
        (7, "has_functions", OPTIONAL, BOOL),
        (8, "has_filenames", OPTIONAL, BOOL),
        (9, "has_line_numbers", OPTIONAL, BOOL),
        (10, "has_inline_frames", OPTIONAL, BOOL),
    ),
    "Line": ((1, "function_id", OPTIONAL, UINT64), (2, "line", OPTIONAL, INT64), (3, "column", OPTIONAL, INT64)),
    "Location": (
        (1, "id", OPTIONAL, UINT64),
        (2, "mapping_id", OPTIONAL, UINT64),
        (3, "address", OPTIONAL, UINT64),
        (4, "line", REPEATED, "Line"),
        (5, "is_folded", OPTIONAL, BOOL),
    ),
    "Function": (
        (1, "id", OPTIONAL, UINT64),
        (2, "name", OPTIONAL, INT64),
        (3, "system_name", OPTIONAL, INT64),
        (4, "filename", OPTIONAL, INT64),
        (5, "start_line", OPTIONAL, INT64),
    ),
    "Profile": (
        (1, "sample_type", REPEATED, BYTES),
        (2, "sample", REPEATED, BYTES),
        (3, "mapping", REPEATED, BYTES),
        (4, "location", REPEATED, BYTES),
        (5, "function", REPEATED, BYTES),
        (6, "string_table", REPEATED, BYTES),
        (7, "drop_frames", OPTIONAL, INT64),
        (8, "keep_frames", OPTIONAL, INT64),
        (9, "time_nanos", OPTIONAL, INT64),
        (10, "duration_nanos", OPTIONAL, INT64),
        (11, "period_type", OPTIONAL, BYTES),
        (12, "period", OPTIONAL, INT64),
        (13, "comment", REPEATED, INT64),
        (14, "default_sample_type", OPTIONAL, INT64),
        (15, "doc_url", OPTIONAL, INT64),
    ),
}

_made = described("kubectl_kcp.pprof", _FIELDS)
Profile: Final = _made["Profile"]
Sample: Final = _made["Sample"]
Label: Final = _made["Label"]
Mapping: Final = _made["Mapping"]
Location: Final = _made["Location"]
Line: Final = _made["Line"]
Function: Final = _made["Function"]
ValueType: Final = _made["ValueType"]
