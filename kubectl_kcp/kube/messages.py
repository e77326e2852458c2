"""Protobuf classes that are described at run time, from tables.

No code is generated: generated code demands the protobuf release it was made with or a later one, a description works with all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

INT64, UINT64, BOOL, STRING, BYTES = 3, 4, 8, 9, 12
"""google/protobuf/descriptor.proto, FieldDescriptorProto.Type."""
OPTIONAL, REPEATED = 1, 3
_MESSAGE = 11

Row = tuple[int, str, int, int | str]
"""Number, name, label, and type: the name of another message of the table where it is one."""


def described(package: str, messages: Mapping[str, tuple[Row, ...]]) -> dict[str, Any]:
    """The classes by their names, in a pool of their own."""
    pool = descriptor_pool.DescriptorPool()
    file = descriptor_pb2.FileDescriptorProto(name=f"{package.replace('.', '/')}.proto", package=package, syntax="proto3")
    for message, rows in messages.items():
        made = file.message_type.add(name=message)
        for number, name, label, kind in rows:
            field = made.field.add(name=name, number=number, label=label, type=_MESSAGE if isinstance(kind, str) else kind)
            if isinstance(kind, str):
                field.type_name = f".{package}.{kind}"
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}")) for name in messages}
