""":class:`Profile` to the bytes that go tool pprof opens."""

from __future__ import annotations

import gzip

from kubectl_kcp.model.profile import Profile, SampleType


def encode(profile: Profile) -> bytes:
    """Gzipped protobuf, the same bytes for the same profile."""
    return gzip.compress(serialize(profile), mtime=0)


def serialize(profile: Profile) -> bytes:
    """Protobuf, not compressed."""
    from kubectl_kcp.pprof import messages as m

    strings: dict[str, int] = {"": 0}

    def text(value: str) -> int:
        return strings.setdefault(value, len(strings))

    def value_type(kind: SampleType) -> bytes:
        return bytes(m.ValueType(type=text(kind.type), unit=text(kind.unit)).SerializeToString())

    out = m.Profile(
        sample_type=[value_type(t) for t in profile.sample_types],
        default_sample_type=text(profile.default_type),
        time_nanos=profile.time_ns,
        duration_nanos=profile.duration_ns,
        period=profile.period,
        comment=[text(c) for c in profile.comments],
        drop_frames=text(profile.drop_frames),
        keep_frames=text(profile.keep_frames),
        doc_url=text(profile.doc_url),
    )
    if any(profile.period_type):
        out.period_type = value_type(profile.period_type)
    for s in profile.samples:
        labels = [m.Label(key=text(x.key), str=text(x.text), num=x.number, num_unit=text(x.unit)) for x in s.labels]
        out.sample.append(m.Sample(location_id=[i + 1 for i in s.stack], value=s.values, label=labels).SerializeToString())
    for number, b in enumerate(profile.mappings, 1):
        functions, filenames, lines, inlined = b.resolved
        binary = m.Mapping(
            id=number,
            memory_start=b.start,
            memory_limit=b.limit,
            file_offset=b.offset,
            filename=text(b.file),
            build_id=text(b.build_id),
            has_functions=functions,
            has_filenames=filenames,
            has_line_numbers=lines,
            has_inline_frames=inlined,
        )
        out.mapping.append(binary.SerializeToString())
    for number, loc in enumerate(profile.locations, 1):
        calls = [m.Line(function_id=x.function + 1, line=x.line, column=x.column) for x in loc.lines]
        mapping = 0 if loc.mapping is None else loc.mapping + 1
        out.location.append(m.Location(id=number, mapping_id=mapping, address=loc.address, line=calls).SerializeToString())
    for number, f in enumerate(profile.functions, 1):
        function = m.Function(id=number, name=text(f.name), system_name=text(f.system_name), filename=text(f.file), start_line=f.start_line)
        out.function.append(function.SerializeToString())
    out.string_table.extend(s.encode("utf-8", "replace") for s in strings)
    return bytes(out.SerializeToString())
