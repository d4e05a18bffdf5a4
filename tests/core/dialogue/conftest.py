from __future__ import annotations

import pytest


@pytest.fixture
def kind() -> str:
    """What is said does not hang on the kind of database: the query layer's own tests run on both."""
    return "sqlite"
