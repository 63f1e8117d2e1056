# SPDX-License-Identifier: Apache-2.0
"""The bench server, which every client is measured against."""

import json
import subprocess


class Server:
    """The bench server, for the length of a `with`."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("bench-server did not start")
        self.facts = json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()  # it ends with its standard input
        self.process.wait(10)
        self.process.stdout.close()
