"""One browser for the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.chromium import Page, browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Page]:
    with browser() as made:
        yield made
