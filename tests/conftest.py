"""What all tests share: no job journal of whoever runs them is written, and no property has a time limit."""

import pytest
from hypothesis import settings

# How long an example takes says something about the machine, not about the code. The examples of the default run are
# the same every time; pytest --hypothesis-profile=explore looks for new ones.
settings.register_profile("qalgo", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile("qalgo")


@pytest.fixture(autouse=True, scope="session")
def _own_job_journal(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QALGO_JOBS", str(tmp_path_factory.mktemp("job_journal")))
        yield
