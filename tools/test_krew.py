"""Real krew installs, upgrades and removes the built archive; a real kubectl and clusterctl run it, each by its own name.

    python tools/test_krew.py [--archives FOLDER]

krew-index's validator reads both manifests, and installs what was built here. All is served from this machine and lies in a
temporary folder. Needs Go.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import krew_manifest  # noqa: E402 - beside this file
from release import PROGRAM, archive_name, plugin, this_platform  # noqa: E402

LAB = Path(os.environ.get("LAB_HOME", Path.home() / ".cache/capi-lab")) / "bin/kubectl"
TOOLS = {
    "kubectl-krew": ("krew", "sigs.k8s.io/krew/cmd/krew"),
    "validate-krew-manifest": ("krew", "sigs.k8s.io/krew/cmd/validate-krew-manifest"),
    "clusterctl": ("clusterctl", "sigs.k8s.io/cluster-api/cmd/clusterctl"),
}
EXPECTED = (
    ("version", "kubectl-kcp "),
    ("--help", "Usage: {program} "),
    ("profile --bundle demo:issue-8602 --controller kcp", "issue 8602, fixed in v1.4.3"),
    ("certs status --bundle demo:stale-credential", "do: {program} certs regenerate w1"),
)
"""Arguments, and what is printed by each of the names."""
OLDER = "v0.0.9"
SLOWEST = 3.0
"""Times the start of kubectl itself."""


def run(*command: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, env=env, cwd=cwd, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def kubectl() -> Path:
    """The lab's, else one on PATH, else it is built."""
    if LAB.exists():
        return LAB
    found = shutil.which("kubectl")
    if found is None:
        run(ROOT / "tests/lab/build", "kubectl")
    return Path(found) if found else LAB


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder's address on this machine, while it is served."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def validated(manifests: Path, path: Path, env: dict[str, str]) -> None:
    """As krew-index looks at a manifest: its form for all platforms, then an installation of what was built here."""
    made = manifests / "all"
    made.mkdir()
    for name in (krew_manifest.OURS, krew_manifest.INDEX):
        (made / f"{name}.yaml").write_text(krew_manifest.for_all(name))
        run(path / "validate-krew-manifest", "-skip-install", "-manifest", made / f"{name}.yaml", env=env)
        said = run(path / "validate-krew-manifest", "-manifest", manifests / "plugins" / f"{name}.yaml", env=env)
        print(f"$ validate-krew-manifest -manifest {name}.yaml")
        print("\n".join(line.split("] ", 1)[-1] for line in said.splitlines() if "valid" in line or "install" in line))


def publish(index: Path, archives: Path, version: str, base: str) -> None:
    """One more commit of a krew index."""
    (index / "plugins").mkdir(parents=True, exist_ok=True)
    for name in (krew_manifest.OURS, krew_manifest.INDEX):
        (index / "plugins" / f"{name}.yaml").write_text(krew_manifest.of_archives(name, archives, version, base))
    git = ("git", "-C", index, "-c", "user.name=index", "-c", "user.email=index@localhost")
    if not (index / ".git").exists():
        run(*git, "init", "-q")
    run(*git, "add", "-A")
    run(*git, "commit", "-q", "-m", version)


def answers(command: tuple[str, ...], env: dict[str, str]) -> None:
    program = " ".join(command)
    for arguments, words in EXPECTED:
        printed, wanted = run(*command, *arguments.split(), env=env), words.format(program=program)
        if wanted not in printed:
            sys.exit(f"{program} {arguments} printed no {wanted!r}:\n{printed}")
        print(f"$ {program} {arguments}\n{next(line for line in printed.splitlines() if wanted in line).strip()}")


def cost(*command: str | Path) -> float:
    """CPU seconds of the cheapest of twenty runs."""

    def used() -> float:
        spent = resource.getrusage(resource.RUSAGE_CHILDREN)
        return spent.ru_utime + spent.ru_stime

    found = []
    for _ in range(20):
        before = used()
        run(*command, env={"HOME": os.devnull, "PATH": os.devnull})
        found.append(used() - before)
    return min(found)


def starts_quickly(program: Path) -> None:
    """Runs without a PATH, a home or a Python. Beside it: this environment's own, which pip installed."""
    ours, theirs = cost(program, "--help"), cost(kubectl(), "--help")
    print(f"starts in {ours * 1000:.0f} ms of CPU, kubectl in {theirs * 1000:.0f} ms: {ours / theirs:.1f} times")
    installed = Path(sys.executable).parent / PROGRAM
    if installed.exists():
        by_pip = cost(installed, "--help")
        print(f"installed by pip it starts in {by_pip * 1000:.0f} ms: {by_pip / theirs:.1f} times")
    if ours > SLOWEST * theirs:
        sys.exit(f"that is more than {SLOWEST:.0f} times")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archives", type=Path, default=ROOT / "dist")
    archives = parser.parse_args().archives
    if not (archives / archive_name(this_platform())).exists():
        sys.exit("no archive: run tools/build_archive.py first")
    with tempfile.TemporaryDirectory() as folder, served(archives) as base:
        path, root, index = (Path(folder) / name for name in ("path", "root", "index"))
        path.mkdir()
        for name, (module, package) in TOOLS.items():
            run("go", "build", "-trimpath", "-o", path / name, package, cwd=ROOT / "tools" / module)
        (path / "kubectl").symlink_to(kubectl())
        places = {"HOME": folder, "KREW_ROOT": str(root), "KREW_DEFAULT_INDEX_URI": f"file://{index}", "KUBECONFIG": os.devnull}
        env = {**places, "PATH": f"{path}:{root / 'bin'}:/usr/bin:/bin"}
        publish(index, archives, OLDER, base)
        print(run("kubectl", "krew", "install", "kcp", "capi-kcp", env=env))
        publish(index, archives, plugin()["version"], base)
        validated(index, path, env)
        print(run("kubectl", "krew", "upgrade", env=env))
        installed = {p.stem: yaml.safe_load(p.read_text())["spec"]["version"] for p in (root / "receipts").glob("*.yaml")}
        if installed != dict.fromkeys((krew_manifest.OURS, krew_manifest.INDEX), plugin()["version"]):
            sys.exit(f"krew says that it has {installed}")
        (path / "clusterctl-kcp").symlink_to(root / "bin" / PROGRAM)
        for command in (("kubectl", "kcp"), ("kubectl", "capi-kcp"), ("clusterctl", "kcp")):
            answers(command, env)
        starts_quickly(root / "bin" / PROGRAM)
        print(run("kubectl", "krew", "uninstall", "kcp", "capi-kcp", env=env))
        left = [str(p.relative_to(root)) for place in ("bin", "store", "receipts") for p in (root / place).rglob("*")]
        if left:
            sys.exit(f"krew uninstall left {left}")
        print("krew uninstall left nothing")


if __name__ == "__main__":
    main()
