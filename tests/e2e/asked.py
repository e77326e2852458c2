"""A run that asks before it acts: the world changes between its question and our answer."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import threading
from collections.abc import Iterator
from typing import IO

from tests.e2e.tool import DEADLINE, Ran, Running, Tool
from tests.lab.cluster import until

QUESTION = "Replace the leader of"


class Asked(Running):
    """``written`` is all that it wrote so far, result and steps."""

    process: subprocess.Popen[str]

    def __init__(self, tool: Tool, args: tuple[str, ...], process: subprocess.Popen[str], terminal: int) -> None:
        super().__init__(tool, args, process)
        self.terminal = terminal
        assert process.stdout
        assert process.stderr
        self.parts: dict[str, list[str]] = {"out": [], "err": []}
        self.readers = [threading.Thread(target=self._read, args=(s, n)) for s, n in ((process.stdout, "out"), (process.stderr, "err"))]
        for reader in self.readers:
            reader.start()

    def _read(self, stream: IO[str], name: str) -> None:
        while part := stream.read(1):
            self.parts[name].append(part)

    def text(self, name: str) -> str:
        return "".join(self.parts[name])

    def said(self, words: str) -> None:
        """Waits until these words were written; fails where the run ends without them."""

        def look() -> bool:
            written = self.text("err")
            ended = self.process.poll() is not None and not self.readers[1].is_alive()
            assert words in written or not ended, f"it ended without {words!r}:\n{written}"
            return words in written

        until(f"{words!r}", look)

    def asks(self) -> None:
        self.said(QUESTION)

    def answer(self, text: str = "y") -> None:
        os.write(self.terminal, f"{text}\n".encode())

    def end(self, deadline: float = DEADLINE * 2) -> Ran:
        self.process.wait(deadline)
        for reader in self.readers:
            reader.join()
        return self.tool._keep(self.args, Ran(self.process.returncode, self.text("out"), self.text("err")))


@contextlib.contextmanager
def asked(tool: Tool, *args: str) -> Iterator[Asked]:
    """Its stdin is a terminal, as the question needs one; stdout and stderr are not. Killed at the end where it still goes on."""
    ours, its = pty.openpty()
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [*tool.program, *args],
        env=tool.environment,
        cwd=tool.home,
        stdin=its,
        stdout=pipe,
        stderr=pipe,
        text=True,
    )
    os.close(its)
    run = Asked(tool, args, process, ours)
    try:
        yield run
    finally:
        process.kill()
        process.wait()
        for reader in run.readers:
            reader.join()
        for stream in (process.stdout, process.stderr):
            assert stream
            stream.close()
        os.close(ours)
