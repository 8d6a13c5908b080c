"""What all tests share: none of them writes into the job journal of whoever runs them."""

import pytest


@pytest.fixture(autouse=True, scope="session")
def _own_job_journal(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QALGO_JOBS", str(tmp_path_factory.mktemp("job_journal")))
        yield
