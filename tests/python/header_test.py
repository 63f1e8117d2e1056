# SPDX-License-Identifier: Apache-2.0
"""The definitions of the package are those of the headers that it was written from."""

import ctypes
import re
import subprocess

from pintle import _constants, _library, _structs
from support import ROOT

HEADERS = [ROOT / "host" / "include", ROOT / "plugins" / "include"]
# The package's own name for a struct, if it is not that of the header in capitals.
C_NAMES = {"View": "view", "OutView": "view", "OutField": "field"}


def c_name(struct):
    name = struct.__name__
    return "pintle_" + C_NAMES.get(name, re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower())


def structs():
    return [item for item in vars(_structs).values()
            if isinstance(item, type) and issubclass(item, ctypes.Structure)
            and hasattr(item, "_fields_")]


def compiled(folder, lines):
    source, program = folder / "layout.c", folder / "layout"
    body = "\n".join(lines)
    source.write_text(f"#include <stdio.h>\n#include <stddef.h>\n#include <pintle/pintle.h>\n"
                      f"int main(void) {{\n{body}\nreturn 0;\n}}\n")
    includes = [f"-I{folder}" for folder in HEADERS]
    subprocess.run(["cc", "-std=c99", "-Wno-unused", *includes, str(source), "-o", str(program)],
                   check=True)
    done = subprocess.run([program], capture_output=True, text=True, check=True)
    return dict(line.split() for line in done.stdout.splitlines())


def test_every_struct_and_number_is_that_of_the_header(tmp_path):
    lines, expected = [], {}

    def add(name, expression, value):
        lines.append(f'printf("{name} %lld\\n", (long long)({expression}));')
        expected[name] = str(value)
    for struct in structs():
        c = c_name(struct)
        add(f"{struct.__name__}.size", f"sizeof({c})", ctypes.sizeof(struct))
        for name, _ in struct._fields_:
            field = getattr(struct, name)
            add(f"{struct.__name__}.{name}.at", f"offsetof({c}, {name})", field.offset)
            add(f"{struct.__name__}.{name}.size", f"sizeof((({c}*)0)->{name})", field.size)
    for name, value in vars(_constants).items():
        if name.isupper() and isinstance(value, int):
            add(name, "PINTLE_" + name, value)
    for number, layer in enumerate(_constants.LAYERS):
        name = "PINTLE_OK" if number == 0 else "PINTLE_LAYER_" + layer.upper().replace("-", "_")
        add("layer." + layer, name, number)
    assert compiled(tmp_path, lines) == expected
    assert len(expected) > 350


def test_a_struct_is_declared_whole():
    """A member that the header has gained at the end of a struct changes its size, above; a struct
    that is missing is one that this package does not use."""
    names = {c_name(struct) for struct in structs()}
    text = "".join(path.read_text() for path in (HEADERS[0] / "pintle" / "c").glob("*.h"))
    declared = set(re.findall(r"typedef struct (pintle_\w+) \{", text))
    assert declared - names == {"pintle_resumption"}  # on_resume: called on the I/O thread


def test_every_function_is_declared():
    text = "".join(path.read_text() for path in HEADERS[0].rglob("*.h") if "c" in path.parts
                   or path.name == "pintle.h")
    declared = set(re.findall(r"PINTLE_API\s+[\w\s]+?\*?\s*pintle_(\w+)\(", text))
    assert declared == set(_library.PROTOTYPES)


def test_one_format_reads_an_event():
    import struct
    format = struct.Struct(_structs.EVENT_FORMAT)
    assert format.size == ctypes.sizeof(_structs.Event)
    event = _structs.Event(kind=3, flags=4, state=5, generation=6, id=-7, code=-8, seq=9,
                           wait_ms=10, close_code=1006, layer=11, failure=12)
    event.id_json.size, event.type.size, event.session_id.size = 13, 14, 15
    event.json.size, event.text.size, event.json.data = 16, 17, 18
    assert format.unpack_from(event)[1:] == (3, 4, 5, 6, -7, -8, 9, 10, 1006, 11, 0, 13, 0, 14, 0,
                                             15, 18, 16, 0, 17, 12)


def test_another_version_of_the_library_is_refused():
    import pytest
    library = object.__new__(_library.Library)
    library.path = "/lib/libpintle.so.9"
    for version in (0x00010000, 0x00000000):
        with pytest.raises(ImportError, match="libpintle.so.9 has version"):
            library._check(version)


def test_a_library_that_is_missing_is_named():
    import pytest
    with pytest.raises(ImportError, match="PINTLE_LIBRARY"):
        _library.Library("/nowhere/libpintle.so.0")
    with pytest.raises(ImportError, match="not libpintle"):
        _library.Library("libc.so.6")
