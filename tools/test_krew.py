"""Real krew installs the built archive from krew-manifest.yaml into a temporary root; a real kubectl runs it as its plugin.

python tools/test_krew.py [--archive FILE]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LAB = Path(os.environ.get("LAB_HOME", Path.home() / ".cache/capi-lab")) / "bin/kubectl"
EXPECTED = (
    (("version",), "kubectl-kcp "),
    (("profile", "--bundle", "demo:issue-8602", "--controller", "kcp"), "issue 8602, fixed in v1.4.3"),
    (("certs", "status", "--bundle", "demo:stale-credential"), "Cluster real/w1: credential STALE"),
)


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archive", type=Path, default=next(iter(sorted((ROOT / "dist").glob("*.tar.gz"))), None))
    given = parser.parse_args()
    if given.archive is None:
        sys.exit("no archive: run tools/build_archive.py first")
    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder)
        krew = temporary / "krew"
        run("go", "build", "-o", krew, "sigs.k8s.io/krew/cmd/krew", cwd=ROOT / "tools/krew")
        (temporary / "path").mkdir()
        (temporary / "path/kubectl").symlink_to(kubectl())
        root = temporary / "root"
        env = {**os.environ, "KREW_ROOT": str(root), "PATH": f"{temporary / 'path'}:{root / 'bin'}:/usr/bin:/bin", "KUBECONFIG": os.devnull}
        print(run(krew, "install", f"--manifest={ROOT / 'krew-manifest.yaml'}", f"--archive={given.archive}", env=env))
        for arguments, words in EXPECTED:
            printed = run("kubectl", "kcp", *arguments, env=env)
            if words not in printed:
                sys.exit(f"kubectl kcp {' '.join(arguments)} printed no {words!r}:\n{printed}")
            print(f"$ kubectl kcp {' '.join(arguments)}\n{printed.splitlines()[0]}")
        if not (root / "receipts/kcp.yaml").exists():
            sys.exit("krew wrote no receipt for the plugin")


if __name__ == "__main__":
    main()
