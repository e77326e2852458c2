"""Runs kubectl-kcp as a user does, in a process of its own, and keeps all that it wrote for the search for secrets."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEADLINE = 120.0
"""Seconds. No run may hang; none is timed."""
CLI = (sys.executable, "-m", "kubectl_kcp")
ROOT = Path(__file__).resolve().parents[2]
USUAL_NAME = "kubectl kcp"
LAUNCHER = f"""#!{sys.executable}
import sys
sys.path.insert(0, {str(ROOT)!r})
from kubectl_kcp.cli.main import main
main()
"""


def launcher(folder: Path, name: str) -> Path:
    """The plugin as a file of that name: ``kubectl-capi_kcp``."""
    made = folder / name
    made.write_text(LAUNCHER)
    made.chmod(0o755)
    return made


@dataclass(frozen=True)
class Ran:
    """What a run wrote, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.out, self.err
        return json.loads(self.out)

    def ok(self) -> Ran:
        assert self.code == 0, f"exit {self.code}\n{self.out}\n{self.err}"
        return self

    def exits(self, *codes: int) -> Ran:
        assert self.code in codes, f"exit {self.code}, not {codes}\n{self.out}\n{self.err}"
        assert "Traceback" not in self.err, self.err
        return self


class Tool:
    """``home`` is the runs' HOME and working folder: what they leave behind lies there. ``kept`` holds their output.

    ``called`` is the name that ``program`` shows. Where it is not the usual one, a run whose output holds the usual one fails:
    under that name another plugin may answer.
    """

    def __init__(self, kubeconfig: Path, home: Path, kept: Path, program: tuple[str, ...] = CLI, called: str = USUAL_NAME) -> None:
        self.kubeconfig, self.home, self.kept, self.program, self.called = kubeconfig, home, kept, program, called

    def as_user(self, kubeconfig: Path) -> Tool:
        return Tool(kubeconfig, self.home, self.kept, self.program, self.called)

    @property
    def environment(self) -> dict[str, str]:
        plain = {"KUBECONFIG": str(self.kubeconfig), "HOME": str(self.home), "TMPDIR": str(self.home), "PYTHONPATH": str(ROOT)}
        plain["XDG_CACHE_HOME"] = str(self.home / ".cache")
        return {**os.environ, **plain, "COLUMNS": "200", "NO_COLOR": "1", "PYTHONWARNINGS": "ignore"}

    def run(self, *args: str, stdin: str = "", columns: int = 200, deadline: float = DEADLINE) -> Ran:
        done = subprocess.run(
            [*self.program, *args],
            env={**self.environment, "COLUMNS": str(columns)},
            cwd=self.home,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=deadline,
            check=False,
        )
        return self._keep(args, Ran(done.returncode, done.stdout, done.stderr))

    def _keep(self, args: tuple[str, ...], ran: Ran) -> Ran:
        number = len(list(self.kept.iterdir()))
        text = f"$ {self.called} {' '.join(args)}\n{ran.out}\n-- stderr\n{ran.err}\n-- exit {ran.code}\n"
        (self.kept / f"{os.getpid()}-{number:04d}.txt").write_text(text)
        assert self.called == USUAL_NAME or USUAL_NAME not in text, f"called as {self.called!r}, it names {USUAL_NAME!r}:\n{text}"
        return ran

    def keep(self, name: str) -> Path:
        """A file that a run wrote is moved from ``home`` to where outputs are searched for secrets."""
        return (self.home / name).rename(self.kept / name)

    @contextlib.contextmanager
    def started(self, *args: str) -> Iterator[Running]:
        """A run to be disturbed meanwhile; killed at the end where it still goes on."""
        process = subprocess.Popen(
            [*self.program, *args],
            env=self.environment,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield Running(self, args, process)
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()


class Running:
    """A run that has not ended yet."""

    def __init__(self, tool: Tool, args: tuple[str, ...], process: subprocess.Popen[str]) -> None:
        self.tool, self.args, self.process = tool, args, process

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self, deadline: float = DEADLINE) -> Ran:
        out, err = self.process.communicate(timeout=deadline)
        return self.tool._keep(self.args, Ran(self.process.returncode, out, err))
