# SPDX-License-Identifier: Apache-2.0
"""The example, the first lines of the README, and the types."""

import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile

import pytest
from support import ROOT, TOKEN

PACKAGE = ROOT / "host" / "bindings" / "python"
EXAMPLE = ROOT / "examples" / "embed-python" / "main.py"


def until(process, text):
    said = ""
    for line in process.stdout:
        said += line
        if text in line:
            return said
    raise AssertionError(f"it did not say {text}: {said}{process.stderr.read()}")


def started(*command, **more):
    return subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, **more)


def test_the_example_comes_back_after_a_drop(home):
    process = started(sys.executable, EXAMPLE, home.url, home.token_file)
    said = until(process, "ready 1")
    home.post("drop-connections")
    said += until(process, "ready 2")
    assert "sessions: {'sessions': []}" in said and "lost: " in said and TOKEN not in said
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (0, "")


def test_the_example_signs_its_user_in(gated):
    process = started(sys.executable, EXAMPLE, gated.url, stdin=subprocess.PIPE,
                      start_new_session=True)  # no terminal: getpass reads the input
    process.stdin.write("ada\npractice\n")
    process.stdin.flush()
    assert "signed in as" in until(process, "ready 1")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 0 and "practice\n" not in err


def test_the_example_says_what_is_wrong(home, tmp_path):
    (tmp_path / "token").write_text("a-wrong-token-that-is-secret-0123456789")
    done = subprocess.run([sys.executable, EXAMPLE, home.url, tmp_path / "token"],
                          capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and "a-wrong-token" not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_the_types_are_strict():
    mypy = shutil.which("mypy")
    if mypy is None:
        pytest.skip("there is no mypy")
    done = subprocess.run([mypy, "--strict", "--no-error-summary", "--cache-dir", os.devnull,
                           "src/pintle", str(EXAMPLE)], cwd=PACKAGE, capture_output=True, text=True,
                          env={**os.environ, "MYPYPATH": str(PACKAGE / "src")})
    assert done.returncode == 0, done.stdout + done.stderr


def first_lines():
    return re.search(r"```python\n(.*?)```", (PACKAGE / "README.md").read_text(), re.S).group(1)


@pytest.mark.skipif(not shutil.which("patchelf"), reason="there is no patchelf")
def test_the_wheel_holds_all_that_the_readme_needs(home, tmp_path):
    """With the library of this build, in an environment of its own."""
    pytest.importorskip("wheel")
    library = os.path.realpath(os.environ["PINTLE_LIBRARY"])
    build = os.path.dirname(os.path.dirname(library))
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("PYTHONPATH", "PINTLE_LIBRARY")}
    environment["PYTHON"] = sys.executable
    folders = tmp_path / "one", tmp_path / "two"
    builds = [started(PACKAGE / "wheel.sh", build, "0.1.0", folder, env=environment)
              for folder in folders]
    for one in builds:
        _, err = one.communicate(timeout=120)
        assert one.returncode == 0, err
    wheel, other = (next(folder.glob("pintle-0.1.0-py3-none-linux_*.whl")) for folder in folders)
    assert wheel.read_bytes() == other.read_bytes()
    names = zipfile.ZipFile(wheel).namelist()
    assert "pintle/_native/lib/libpintle.so.0" in names and "pintle/py.typed" in names
    assert not any("__pycache__" in name or "libssl" in name for name in names)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    subprocess.run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check",
                    "--python", python, "install", "--no-index", wheel], check=True,
                   env=environment)
    text = first_lines().replace("https://gateway.example", home.url)
    text = text.replace("/run/secrets/gateway", str(home.token_file))
    process = started(python, "-c", text, env=environment, cwd=tmp_path)
    assert "{'sessions': []}" in until(process, "Ready(")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    # All of its libraries are its own, but for those of the system that the README names.
    asked = "import pintle._library as l, os; print(l.lib.path); print(open('/proc/self/maps').read())"
    done = subprocess.run([python, "-c", asked], env=environment, cwd=tmp_path, check=True,
                          capture_output=True, text=True)
    own = [line for line in done.stdout.splitlines() if "Poco" in line or "libpintle" in line]
    assert own and all(str(tmp_path / "venv") in line for line in own)
    folder = next((tmp_path / "venv").glob("lib/python*/site-packages/pintle/_native"))
    helper = subprocess.run([folder / "libexec/pintle/pintle-load-check"], capture_output=True,
                            text=True, env=environment)
    assert helper.returncode != 127 and "shared libraries" not in helper.stderr


def test_ctrl_c_at_a_hidden_question_ends_at_once_and_shows_what_is_typed_again(gated):
    import pty
    import termios
    import time
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, str(EXAMPLE), gated.url])

    def until_said(text):
        said = b""
        while text not in said:
            said += os.read(terminal, 4096)
    until_said(b"name: ")
    os.write(terminal, b"ada\n")
    until_said(b"assword: ")
    assert not termios.tcgetattr(terminal)[3] & termios.ECHO
    began = time.monotonic()
    os.write(terminal, b"\x03")
    while termios.tcgetattr(terminal)[3] & termios.ECHO == 0:
        assert time.monotonic() - began < 30
        time.sleep(0.02)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert time.monotonic() - began < 30
    os.close(terminal)
