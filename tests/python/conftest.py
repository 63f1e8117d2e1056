# SPDX-License-Identifier: Apache-2.0
import os
import sys
import tempfile
from pathlib import Path

import pytest

# Before pintle is imported anywhere: nothing of this user's settings is read.
_home = tempfile.TemporaryDirectory(prefix="pintle-python-")
os.environ["HOME"] = _home.name
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # nothing is generated in the source
for name in list(os.environ):
    if name.startswith("XDG_") or name.lower().endswith("_proxy"):
        del os.environ[name]
_source = Path(__file__).resolve().parents[2] / "host" / "bindings" / "python" / "src"
if "PINTLE_PYTHON_INSTALLED" not in os.environ:
    sys.path.insert(0, str(_source))
    os.environ["PYTHONPATH"] = str(_source)
sys.path.insert(0, str(Path(__file__).resolve().parent))

import support  # noqa: E402


@pytest.fixture(scope="session")
def plain(tmp_path_factory):
    with support.gateway(tmp_path_factory.mktemp("gateway")) as made:
        yield made


@pytest.fixture
def home(plain):
    """The practice gateway without a gate, without faults."""
    plain.fault()
    yield plain
    plain.fault()


@pytest.fixture
def gated(tmp_path):
    """One that asks for a user and a password. A new one for each test: it limits attempts."""
    with support.gateway(tmp_path, "--gate", "cookie") as made:
        yield made


@pytest.fixture
def token(plain):
    import pintle
    return pintle.Secret.from_file(plain.token_file)
