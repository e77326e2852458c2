"""What the fuzz loops share: bytes damaged as files are (cut, doubled, overwritten, words of the format in wrong places), and the loop."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence


def damaged(raw: bytes, chance: random.Random, words: Sequence[bytes]) -> bytes:
    data = bytearray(raw)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(7):
            case 0:
                del data[at : at + chance.randint(1, 60)]
            case 1:
                data[at:at] = chance.randbytes(chance.randint(1, 8))
            case 2:
                data[at:at] = data[at : at + chance.randint(1, 200)]
            case 3:
                del data[at:]
            case 4:
                data[at:at] = chance.choice(words)
            case _:
                data[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(data)


def said(error: ValueError, secret: str = "") -> str:
    """The error's text, which must be one line free of ``secret``."""
    text = str(error)
    if "\n" in text or (secret and secret in text):
        raise AssertionError(text)
    return text


One = Callable[[random.Random], bytes]
Read = Callable[[bytes, "Counter[str]"], None]
"""Reads one input and counts its outcome; whatever it raises ends the run."""


def run(count: int, seed: int, one: One, read: Read) -> Counter[str]:
    """How often each outcome came. The input that ends a run is printed."""
    chance = random.Random(seed)
    outcomes: Counter[str] = Counter()
    for number in range(count):
        data = one(chance)
        try:
            read(data, outcomes)
        except BaseException:
            print(f"input {number} of seed {seed}: {data!r}", file=sys.stderr)
            raise
    return outcomes


def command(what: str, one: One, read: Read) -> None:
    """``[N [SEED]]`` from the command line."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    print(f"{count} {what}, seed {seed}", flush=True)
    started = time.monotonic()
    for outcome, times in run(count, seed, one, read).most_common(30):
        print(f"{times:>9}  {outcome}")
    print(f"{time.monotonic() - started:.0f} s, no other exception")
