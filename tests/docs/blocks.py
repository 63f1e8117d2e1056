# SPDX-License-Identifier: Apache-2.0
"""The code blocks of a Markdown page: fenced ones, and indented ones, which are shell commands.

An HTML comment right before a block says what a reader need not see:
    <!-- from FILE#NAME -->    it is the part NAME of FILE, between two lines "//! [NAME]" ("#! [NAME]",
                               "/*! [NAME] */"); without "#NAME" it is some of the file's lines
    <!-- run: OPTION, … -->    how its commands are run (shell.py); a block of another language: as what
    <!-- practice HOST ACTION BODY -->   what the practice gateway HOST is made to do before that, as in
                               docs/command-line.md: `faults [{"kind": "html"}]`, `end-sessions`
"""

import re
from dataclasses import dataclass, field

SHELL = ("sh", "console", "indented")


@dataclass
class Block:
    page: str
    line: int
    language: str
    text: str
    comments: list = field(default_factory=list)

    def __str__(self):
        return f"{self.page}:{self.line}"

    def comment(self, kind):
        """What follows KIND in the block's comment, or None."""
        for comment in self.comments:
            if match := re.fullmatch(rf"{kind}:?\s+(.*)", comment, re.S):
                return match[1].strip()
        return None

    def options(self):
        """Of `run`: {"exits": "17", "stays": ""}."""
        words = [option.strip().partition(" ") for option in (self.comment("run") or "").split(",")]
        return {key: value.strip() for key, _, value in words if key}


def dedent(lines):
    width = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[width:].rstrip() for line in lines).strip("\n")


def blocks(page, text):
    """All code blocks of a page, in order."""
    lines = text.split("\n")
    found, comments, at, after_blank, in_list = [], [], 0, True, False
    while at < len(lines):
        line = lines[at]
        if fence := re.match(r"( *)(```+)\s*(\S*)", line):
            end = at + 1
            while end < len(lines) and not re.fullmatch(rf" *{fence[2]}\s*", lines[end]):
                end += 1
            if end == len(lines):
                raise ValueError(f"{page}:{at + 1}: the fence has no end")
            found.append(Block(page, at + 1, fence[3] or "none", dedent(lines[at + 1:end]), comments))
            comments, at, after_blank = [], end + 1, False
            continue
        if comment := re.fullmatch(r" *<!-- (.*) -->", line):
            comments.append(comment[1])
            at += 1
            continue
        if re.match(r"    ", line) and line.strip() and after_blank and not in_list:
            end = at
            while end < len(lines) and (lines[end].startswith("    ") or not lines[end].strip()):
                end += 1
            found.append(Block(page, at + 1, "indented", dedent(lines[at:end]), comments))
            comments, at, after_blank = [], end, True
            continue
        if line.strip():
            in_list = bool(re.match(r"([-*]|\d+\.) ", line)) or (in_list and line.startswith(" "))
            comments = []
        after_blank = not line.strip()
        at += 1
    return found


MARKER = r"\s*(?://|#|/\*)! \[{}\](?: \*/)?\s*"


def part_of(text, name):
    """The lines between the two markers of NAME, without markers of other parts."""
    lines = text.split("\n")
    marks = [at for at, line in enumerate(lines) if re.fullmatch(MARKER.format(re.escape(name)), line)]
    if len(marks) != 2:
        raise ValueError(f"it has {len(marks)} markers [{name}], not 2")
    inside = lines[marks[0] + 1:marks[1]]
    return dedent([line for line in inside if not re.fullmatch(MARKER.format(".*"), line)])


def has_lines(text, wanted):
    """Whether the wanted lines are in the text, one after the other, whatever they are indented by."""
    lines, size = text.split("\n"), wanted.count("\n") + 1
    return any(dedent(lines[at:at + size]) == wanted for at in range(len(lines) - size + 1))
