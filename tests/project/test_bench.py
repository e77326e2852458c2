"""The benches that need no peer and no quiet machine: what they claim must hold on the recordings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_what_a_reconcile_rate_costs_is_estimated_within_a_quarter() -> None:
    done = subprocess.run([sys.executable, "bench/credential_estimate.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "demo:issue-8602" in done.stdout
