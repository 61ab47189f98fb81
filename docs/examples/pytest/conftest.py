import pytest

from sunroom import Sunroom


@pytest.fixture(scope="session")
def running():
    sunroom = Sunroom()
    yield sunroom
    sunroom.stop()


@pytest.fixture
def sunroom(running):
    running.reset()
    return running
