"""Graphviz's ``dot``, which lays a graph out."""

from __future__ import annotations

import subprocess
from shutil import which

from kubectl_kcp.errors import KcpError, NotFound, Timeout

SECONDS = 120.0
"""A graph of 2,000 functions takes it 10 s."""


def find() -> str:
    """The program. Raises NotFound."""
    found = which("dot")
    if found is None:
        raise NotFound(
            "Graphviz's program dot is not on this machine's PATH: it draws -o svg",
            "install graphviz; or take -o dot, which needs no program, or the page of -o html",
        )
    return found


def svg(text: bytes) -> bytes:
    """Raises NotFound, Timeout, and KcpError with the program's own words."""
    try:
        done = subprocess.run([find(), "-Tsvg"], input=text, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise Timeout(f"Graphviz has not drawn the graph in {SECONDS:.0f} s", "--limit and --focus make it smaller") from None
    except OSError as e:
        raise KcpError(f"Graphviz's program dot cannot be run: {e.strerror or e}") from None
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise KcpError(f"Graphviz's program dot failed: {words[0] if words else f'exit code {done.returncode}'}")
    return done.stdout
