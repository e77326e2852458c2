"""Pages of several management clusters as one: OpenMetrics, with a label ``context`` on each series, JUnit's XML, texts, stacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kcp.model.reference import Failure
from kubectl_kcp.printable import one_line
from kubectl_kcp.render.openmetrics import PREFIX, label

READ = f"{PREFIX}_context_read"
END = "# EOF"


def joined_metrics(pages: Sequence[tuple[str, str]], lost: Sequence[Failure]) -> str:
    """``pages`` are contexts with OpenMetrics pages of ours. Each family stands once, with all its series, as the format wants it."""
    families: dict[str, list[str]] = {}
    """By the name: TYPE, UNIT and HELP, then the series."""
    for context, page in pages:
        fresh = set[str]()
        name = ""
        for line in page.splitlines():
            if line == END:
                continue
            if line.startswith("# "):
                name = line.split(" ", 3)[2]
                if name not in families:
                    families[name] = []
                    fresh.add(name)
                if name in fresh:
                    families[name].append(line)
            else:
                families[name].append(_labelled(line, context))
    return "\n".join([*(line for family in families.values() for line in family), *_read(pages, lost), END])


def _labelled(line: str, context: str) -> str:
    """``name{a="b"} 1`` or ``name 1``: no name holds a brace or a blank."""
    own = f'context="{label(context)}"'
    name, brace, rest = line.partition("{")
    if brace and " " not in name:
        return f"{name}{{{own}{'' if rest.startswith('}') else ','}{rest}"
    name, _, rest = line.partition(" ")
    return f"{name}{{{own}}} {rest}"


def _read(pages: Sequence[tuple[str, str]], lost: Sequence[Failure]) -> Iterator[str]:
    yield f"# TYPE {READ} gauge"
    yield f"# HELP {READ} 0 where nothing could be read of this management cluster."
    read = {context: 1 for context, _ in pages} | {f.context: 0 for f in lost}
    yield from (f'{READ}{{context="{label(context)}"}} {value}' for context, value in sorted(read.items()))


def sections(pages: Sequence[tuple[str, str]], lost: Sequence[Failure]) -> str:
    """Text, under each one's name. What is lost is told elsewhere."""
    return "\n\n".join(f"{one_line(context)}:\n{page}" for context, page in pages if page)


def joined_stacks(pages: Sequence[tuple[str, str]], lost: Sequence[Failure]) -> str:
    """Folded stacks, with the context as the first caller of all."""
    roots = ((one_line(context).replace(";", ":"), page) for context, page in pages)
    return "\n".join(f"{root};{line}" for root, page in roots for line in page.splitlines())


def joined_suites(pages: Sequence[tuple[str, str]], lost: Sequence[Failure]) -> str:
    """A test suite for each management cluster; one that could not be read is a suite with an error."""
    from xml.etree import ElementTree as ET

    suites = ET.Element("testsuites")
    for context, page in pages:
        suite = ET.fromstring(page)  # noqa: S314 - we have just written it
        suite.set("name", context)
        suites.append(suite)
    for failure in lost:
        suite = ET.SubElement(suites, "testsuite", {"name": failure.context, "tests": "1", "failures": "0", "errors": "1"})
        ET.SubElement(ET.SubElement(suite, "testcase", name="read", classname="doctor"), "error", message=failure.reason)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True)
