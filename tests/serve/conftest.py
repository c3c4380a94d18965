"""One service for all tests that do not need it to be in a state of its own."""

from collections.abc import Iterator

import pytest

from tests.serve._service import Service, running


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Return a service that takes 4 MiB and 10 minutes of sound."""
    options = ("--workers", "2", "--max-upload-mib", "4", "--max-duration-s", "600")
    with running(tmp_path_factory.mktemp("service"), *options) as service:
        yield service
