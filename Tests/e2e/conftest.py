"""Fixtures: binaries that run for a module, or for one test where its state matters."""

import os

import pytest

from harness.clients import sdk
from harness.configuration import backend, configuration
from harness.processes import LIP, LIPMOCK, ClosedPort, Lip, Mock
from harness.provider import Provider
from harness.raw import RawClient

for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
    del os.environ[name]


def pytest_configure(config):
    for binary in (LIP, LIPMOCK):
        if not os.access(binary, os.X_OK):
            pytest.exit(f"{binary} is missing: run `make build`", returncode=2)


@pytest.fixture(scope="module")
def mock(tmp_path_factory):
    process = Mock(tmp_path_factory.mktemp("lipmock"))
    yield process
    process.kill()


@pytest.fixture(autouse=True)
def fresh_mock(request):
    if "mock" in request.fixturenames:
        request.getfixturevalue("mock").reset()


@pytest.fixture(scope="module")
def second_mock(tmp_path_factory):
    """A second provider, for what one gateway does with two."""
    process = Mock(tmp_path_factory.mktemp("second-lipmock"))
    yield process
    process.kill()


@pytest.fixture(autouse=True)
def fresh_second_mock(request):
    if "second_mock" in request.fixturenames:
        request.getfixturevalue("second_mock").reset()


@pytest.fixture(scope="module")
def closed_port():
    port = ClosedPort()
    yield port
    port.close()


@pytest.fixture(scope="module")
def lip(mock, tmp_path_factory):
    """A gateway before one provider, shared by the tests of a module."""
    process = Lip(tmp_path_factory.mktemp("lip"), configuration([backend("mock", mock.url)], "mock:mock"))
    yield process
    process.stop()


@pytest.fixture
def start_lip(tmp_path):
    """Starts gateways that end with the test."""
    started = []

    def start(config=None, **more):
        process = Lip(tmp_path / f"lip{len(started)}", config, **more)
        started.append(process)
        return process

    yield start
    problems = []
    for process in started:
        try:
            process.stop()
        except AssertionError as error:
            problems.append(str(error))
    assert not problems, "\n".join(problems)


@pytest.fixture
def connect():
    """Opens raw connections that end with the test."""
    opened = []

    def open_connection(to):
        connection = RawClient(to.port)
        opened.append(connection)
        return connection

    yield open_connection
    for connection in opened:
        connection.close()


@pytest.fixture
def client(lip):
    with sdk(lip) as client:
        yield client


@pytest.fixture
def provider():
    """Makes providers that end with the test."""
    made = []

    def make(script):
        made.append(Provider(script))
        return made[-1]

    yield make
    for one in made:
        one.close()
