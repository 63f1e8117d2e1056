# SPDX-License-Identifier: Apache-2.0
"""What is compared, and the ratios that Pintle is to reach. docs/bench.md explains them."""

from dataclasses import dataclass, field

KIB = 1024

# Name, program, and the packages that it is built from; in the order of the columns.
PEERS = {
    "pintle": "",
    "raw": "",
    "curl": "libcurl4-openssl-dev",
    "poco": "",
    "beast": "libboost-dev",
    "lws": "libwebsockets-dev",
    "node": "nodejs and ws",
}


@dataclass
class Case:
    name: str
    mode: str
    path: str
    secure: bool = False
    size: int = 64
    peers: tuple = ()
    count: int = 0  # idle: connections
    own_mode: str = ""  # Pintle's, where it is another one
    wanted: dict = field(default_factory=dict)  # (metric, peer): ">= 1.25"


@dataclass
class Subject:
    name: str
    metrics: dict  # key of a result: title
    cases: list


def _size(size):
    return f"{size // KIB} KiB" if size >= KIB else f"{size} B"


def _leg(secure):
    return "TLS" if secure else "plain"


def _rest():
    cases = []
    for secure, curl in ((False, 1.25), (True, 1.2)):
        wanted = {
            ("rate", "curl"): f">= {curl}",
            ("rate", "poco"): ">= 0.95",
            ("p99_us", "curl"): "<= 1.0",
        }
        cases.append(Case(_leg(secure), "rest", "/api/sessions", secure,
                          peers=("pintle", "curl", "poco"), wanted=wanted))
    return Subject("REST", {
        "rate": "GETs per second, kept alive (more is better)",
        "p99_us": "99th percentile, µs (less is better)",
        "cpu_ns_per_op": "client's CPU a request, ns (less is better)",
    }, cases)


def _echo():
    wanted = {(64, False): ">= 1.0", (64, True): ">= 1.0",
              (64 * KIB, False): ">= 1.15", (64 * KIB, True): ">= 1.0"}
    cases = []
    for secure in (False, True):
        for size in (64, KIB, 64 * KIB):
            beast = wanted.get((size, secure))
            cases.append(Case(f"{_size(size)}, {_leg(secure)}", "echo", "/echo", secure, size,
                              ("pintle", "raw", "poco", "beast", "lws", "node"),
                              wanted={("rate", "beast"): beast} if beast else {}))
    return Subject("echo", {
        "rate": "round trips per second (more is better)",
        "cpu_ns_per_op": "client's CPU a round trip, ns (less is better)",
    }, cases)


def _flood():
    wanted = {(64, False): {"beast": 0.3, "poco": 0.06}, (64, True): {"beast": 0.55},
              (16 * KIB, True): {"beast": 0.9}}
    cases = []
    for secure in (False, True):
        for size in (64, 16 * KIB):
            most = wanted.get((size, secure), {})
            cases.append(Case(f"{_size(size)}, {_leg(secure)}", "flood",
                              f"/flood?size={size}&count=1000000000", secure, size,
                              ("pintle", "raw", "poco", "beast", "lws", "node"),
                              wanted={("cpu_ns_per_op", peer): f"<= {ratio}"
                                      for peer, ratio in most.items()}))
    return Subject("flood", {
        "cpu_ns_per_op": "client's CPU a message, ns (less is better)",
        "rate": "messages per second (more is better)",
    }, cases)


def _rpc():
    cases = []
    for secure in (False, True):
        for name, size, node in (("0.7 KB", 700, 3), ("58 KB", 58 * KIB, 8)):
            cases.append(Case(f"{name}, {_leg(secure)}", "rpc", "/api/ws", secure, size,
                              ("pintle", "raw", "node"),
                              wanted={} if secure else {("rate", "node"): f">= {node}"}))
    # What an app sees that reads a part of the payload, or none: node has to parse all of it.
    for name, size, node in (("0.7 KB, as text", 700, 3), ("58 KB, as text", 58 * KIB, 8)):
        cases.append(Case(name, "rpc", "/api/ws", False, size, ("pintle", "node"),
                          own_mode="rpc-text", wanted={("rate", "node"): f">= {node}"}))
    return Subject("rpc", {
        "rate": "JSON-RPC calls per second, built from and parsed to values (more is better)",
        "p99_us": "99th percentile, µs (less is better)",
        "cpu_ns_per_op": "client's CPU a call, ns (less is better)",
    }, cases)


def _idle(count):
    cases = [Case(f"{count}, {_leg(secure)}", "idle", "/idle", secure,
                  peers=("pintle", "beast", "lws"), count=count) for secure in (False, True)]
    return Subject("idle", {
        "rss_bytes_per_op": "bytes of memory an open connection (less is better)",
        "threads": "threads beside the first one",
    }, cases)


def subjects(idle_count):
    return [_rest(), _echo(), _flood(), _rpc(), _idle(idle_count)]
