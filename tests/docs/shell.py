# SPDX-License-Identifier: Apache-2.0
"""Runs the commands of one page, in order, as one user in one shell with an empty home folder.

The options of `<!-- run: … -->`:
    exits N      it fails, with this exit code
    stays        it runs until the page ends, and the next block does not wait for it
    terminal     the same, at a terminal
    types A|B    it asks at a terminal, where this is typed
    writes FILE  not a command: the block is what the user writes into this file
    outputs      not a command: the block is what the last one printed
    prints       not a command: the block is what the last one that stays has printed by now
    like FILE    not a command: an object in JSON, as the lines of FILE are
    speaks FILE  not a command: what a host (>) and this scheme program (<) say to each other
In a block of the language `console`, lines after "$ " are commands, "> " continues one, and the others
are their output. "…" stands for anything in a line, and alone in a line for any lines.
"""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import dialogs
from wrong import Wrong

LIMIT, PATIENCE = 40, 10  # Seconds: for a command; for what one that stays prints.


def pattern_of(output):
    """A regular expression of what a page shows."""
    lines = []
    for line in output.strip().split("\n"):
        if line.strip() == "…":
            lines.append(r"(?:[^\n]*\n)*?")
        else:
            lines.append(r"[^\n]*?".join(re.escape(part) for part in line.split("…")) + r"\s*\n")
    return "".join(lines)


def normal(text):
    """Without what differs from run to run: ports, times, the width of columns."""
    text = re.sub(r"\x1b\[[0-9;]*m|\r", "", text)
    text = re.sub(r"(127\.0\.0\.1|localhost|port|\[::1\])([: ])\d{4,5}\b", r"\1\2PORT", text)
    text = re.sub(r"\b\d+\.\d+ ms\b", "N ms", text)
    text = re.sub(r"(?<=\S)[ \t]+", " ", text)
    return re.sub(r"[ \t]+\n", "\n", text.strip() + "\n")


def checked(commands):
    """The script that ends at the first command that fails, also at one with && (as set -e does not)."""
    script, statement = "", ""
    for line in commands.split("\n"):
        statement += line + "\n"
        read = subprocess.run(["bash", "-n"], input=statement, capture_output=True, text=True, check=False)
        if read.returncode == 0 and not read.stderr and not line.endswith("\\"):
            script, statement = script + statement + "checked\n", ""
    return script + statement


class Shell:
    def __init__(self, home, environment, replace):
        self.home, self.environment, self.replace = Path(home), environment, replace
        self.state = self.home.parent / "state"
        self.state.write_text("")
        self.servers, self.last, self.typed = [], "", []

    def run(self, block):
        options = block.options()
        if setting := block.comment("practice"):
            host, action, body = f"{setting} ".split(" ", 2)
            url = f"http://{self.put_in(host)}/practice/{action}"
            urllib.request.urlopen(url, body.strip().encode(), timeout=5).close()
        self.typed = options["types"].split("|") if "types" in options else []
        text = self.put_in(block.text)
        if "writes" in options:
            file = Path(self.put_in(options["writes"]).replace("~", str(self.home)))
            file = self.home / file
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text + "\n")
        elif "outputs" in options:
            self.compare(block.text, self.last)
        elif "prints" in options:
            self.wait_for(self.servers[-1], block.text, "what is still running")
        elif "like" in options:
            dialogs.is_like(text, (self.home / options["like"]).read_text())
        elif "speaks" in options:
            dialogs.speak(text, self.home / options["speaks"], self.environment)
        elif block.language == "console":
            for command, output in self.commands(block.text):
                self.execute(self.put_in(command), options, output)
        else:
            self.execute(text, options, None)
        if self.typed:
            raise Wrong(f"it did not ask for {len(self.typed)} of the answers:\n{self.last}")

    def put_in(self, text):
        for old, new in self.replace.items():
            text = text.replace(old, new)
        return text

    def taken_out(self, text):
        for old, new in self.replace.items():
            if len(new) > 6:
                text = text.replace(new, old)
        return text.replace(str(self.home), "~")

    @staticmethod
    def commands(text):
        found = []
        for line in text.split("\n"):
            if match := re.match(r"(?:\$|==) (.*)", line):
                found.append([match[1], ""])
            elif not found:
                raise Wrong(f"a console block begins with a command after '$ ', not '{line}'")
            elif line.startswith("> ") and not found[-1][1]:
                found[-1][0] += "\n" + line[2:]
            else:
                found[-1][1] += line + "\n"
        return found

    def execute(self, command, options, output):
        script = (f"cd {self.home}; source {self.state}; set -a; set -o pipefail\n"
                  "checked() { local code=$?; ((code == 0)) || exit $code; }\n"
                  f"{checked(command)}"
                  f"{{ export -p | grep -v ' PWD='; echo cd $PWD; }} >{self.state}\n")
        if "stays" in options or "terminal" in options:
            self.serve(command, script, output, "terminal" in options)
            return
        wanted = int(options.get("exits", 0))
        if "types" in options:
            code, self.last = self.at_terminal(script)
        else:
            code, self.last = self.finished(command, script)
        if code != wanted:
            raise Wrong(f"exit code {code}, not {wanted}: {command}\n{self.last}")
        if output is not None:
            self.compare(output, self.last)

    def finished(self, command, script):
        """Runs it to its end, and kills it with all that it has started if that does not come."""
        with subprocess.Popen(["bash", "-c", script], env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", start_new_session=True) as process:
            try:
                printed, _ = process.communicate(timeout=LIMIT)
            except subprocess.TimeoutExpired as error:
                os.killpg(process.pid, signal.SIGKILL)
                raise Wrong(f"it does not end: {command}\n{process.communicate()[0]}") from error
        return process.returncode, printed

    def compare(self, shown, printed):
        shown = normal(self.taken_out(self.put_in(shown)))
        printed = normal(self.taken_out(printed))
        if not re.fullmatch(pattern_of(shown), printed):
            raise Wrong(f"the page shows\n{shown}but it printed\n{printed}")

    def serve(self, command, script, output, at_terminal):
        log = self.home.parent / f"server-{len(self.servers)}"
        words = ["bash", "-c", script]
        if at_terminal:
            words = [sys.executable, "-c", "import pty, sys; pty.spawn(sys.argv[1:])", *words]
        with open(log, "wb") as file:
            server = subprocess.Popen(words, env=self.environment, stdout=file, stderr=subprocess.STDOUT,
                                      stdin=subprocess.DEVNULL, start_new_session=True)
        self.servers.append((server, log))
        self.wait_for(self.servers[-1], output, command)

    def wait_for(self, server, output, command):
        """Waits until it has printed that; without an output, anything."""
        process, log = server
        end = time.monotonic() + PATIENCE
        while True:
            self.last = log.read_text(errors="replace")
            try:
                if self.last and output is not None:
                    self.compare(output, self.last)
                if self.last:
                    return
            except Wrong:
                if time.monotonic() > end:
                    raise
            if process.poll() is not None:
                raise Wrong(f"it ended with {process.returncode}: {command}\n{self.last}")
            if not self.last and time.monotonic() > end:
                raise Wrong(f"it printed nothing: {command}")
            time.sleep(0.02)

    def at_terminal(self, script):
        process, terminal = pty.fork()
        if process == 0:
            os.execvpe("bash", ["bash", "-c", script], self.environment)
        printed, end, answered = b"", time.monotonic() + LIMIT, 0
        while time.monotonic() < end:
            if not select.select([terminal], [], [], 0.2)[0]:
                continue
            try:
                piece = os.read(terminal, 65536)
            except OSError:
                break
            if not piece:
                break
            printed += piece
            # A prompt ends without a line feed.
            if self.typed and re.search(rb": ?$", printed[answered:]):
                answered = len(printed)
                os.write(terminal, self.typed.pop(0).encode() + b"\n")
        else:
            os.kill(process, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        os.close(terminal)
        return code, printed.decode(errors="replace")

    def end(self):
        for server, _ in self.servers:
            for how in (signal.SIGTERM, signal.SIGKILL):  # with all that it has started
                try:
                    os.killpg(server.pid, how)
                    server.wait(5)
                except (ProcessLookupError, subprocess.TimeoutExpired):
                    pass
