"""krew's manifests, made of plugin.yaml: ``kcp`` for our own releases, ``capi-kcp`` for krew-index, where ``kcp`` is taken.

    python tools/krew_manifest.py                    rewrites krew-manifest.yaml and .krew.yaml
    python tools/krew_manifest.py --archives FOLDER  writes kcp.yaml and capi-kcp.yaml beside the archives, with their digests

The digest of an archive is known once it is built. In krew-manifest.yaml zeros stand in its place, which krew refuses; in .krew.yaml
krew-release-bot puts in the digests of what was released.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from release import PROGRAM, ROOT, Platform, address, archive_name, platforms, plugin

OURS, INDEX = "kcp", "capi-kcp"
PLACEHOLDER = "0" * 64
MANIFEST, TEMPLATE = ROOT / "krew-manifest.yaml", ROOT / ".krew.yaml"
NOTE = "# Made by tools/krew_manifest.py of plugin.yaml; a test holds them together.\n"
ZEROS = "# A release's kcp.yaml has the digests in place of the zeros; tools/build_archive.py writes one beside what it built.\n"
CAVEATS = {
    OURS: """\
        kcp-dev/kcp ships another plugin named kcp in an index of its own. Two files named kubectl-kcp on PATH shadow each other:
        install this plugin as capi-kcp then, which is the same program, and call it as "kubectl capi-kcp".
        """,
    INDEX: """\
        It answers to the name of the link that it is called by. For "clusterctl kcp", link this plugin's kubectl-kcp to a file
        clusterctl-kcp on your PATH. "kubectl kcp" is kcp-dev/kcp's plugin, where that is installed.
        """,
}


def manifest(name: str, version: str, where: Callable[[Platform], str], wanted: list[Platform]) -> str:
    """``where`` gives the lines that say where a platform's archive is: its uri and sha256."""
    known = plugin()
    text = textwrap.dedent(f"""\
        apiVersion: krew.googlecontainertools.github.com/v1alpha2
        kind: Plugin
        metadata:
          name: {name}
        spec:
          version: {version}
          homepage: {known["homepage"]}
          shortDescription: {known["shortDescription"]}
          description: |
        """)
    text += textwrap.indent(known["description"], "    ") + "  caveats: |\n"
    text += textwrap.indent(textwrap.dedent(CAVEATS[name]), "    ") + "  platforms:\n"
    for p in wanted:
        text += f"    - selector:\n        matchLabels:\n          os: {p.os}\n          arch: {p.arch}\n"
        text += textwrap.indent(where(p), "      ")
        text += f"      bin: {p.program}\n      files:\n        - from: {PROGRAM}/*\n          to: .\n"
    return text


def _fixed(uri: str, digest: str) -> str:
    return f'uri: {uri}\nsha256: "{digest}"\n'


def for_all(name: str) -> str:
    """For all platforms, without a digest of any."""
    return manifest(name, plugin()["version"], lambda p: _fixed(address(p), PLACEHOLDER), platforms())


def committed() -> dict[Path, str]:
    """The two files of the repository."""

    def for_the_bot(p: Platform) -> str:
        return f'{{{{addURIAndSha "{address(p, "{{ .TagName }}")}" .TagName }}}}\n'

    return {
        MANIFEST: NOTE + ZEROS + for_all(OURS),
        TEMPLATE: NOTE + manifest(INDEX, "{{ .TagName }}", for_the_bot, platforms()),
    }


def of_archives(name: str, folder: Path, version: str | None = None, base: str | None = None) -> str:
    """For the archives that are in ``folder``. ``base`` is the address of the folder, unless it is the release's."""

    def where(p: Platform) -> str:
        uri = f"{base}/{archive_name(p)}" if base else address(p)
        return _fixed(uri, hashlib.sha256((folder / archive_name(p)).read_bytes()).hexdigest())

    there = [p for p in platforms() if (folder / archive_name(p)).exists()]
    return manifest(name, version or plugin()["version"], where, there)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archives", type=Path, help="the folder of the built archives")
    parser.add_argument("--all", action="store_true", help="fail where a platform has no archive")
    given = parser.parse_args()
    if given.archives is None:
        for path, text in committed().items():
            path.write_text(text, encoding="utf-8")
        return
    if given.all and (missing := [archive_name(p) for p in platforms() if not (given.archives / archive_name(p)).exists()]):
        sys.exit(f"no archive: {', '.join(sorted(set(missing)))}")
    for name in (OURS, INDEX):
        (given.archives / f"{name}.yaml").write_text(of_archives(name, given.archives), encoding="utf-8")


if __name__ == "__main__":
    main()
