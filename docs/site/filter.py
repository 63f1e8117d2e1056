#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""filter.py PAGE: prints a Markdown page as Doxygen 1.9 understands it.

The pages are written for GitHub. Doxygen knows neither its anchors nor links to files that it does not
document, shows HTML comments, and takes the order of the pages from \\subpage.
"""

import os
import posixpath
import re
import sys

INDEX = "docs/README.md"  # Its list of pages is the end of the main page, and the order of the tree.
DECISIONS = "docs/decisions/README.md"
LANGUAGES = ("C++", "C", "Python", "Node")


def label_of(path):
    """The page's name in Doxygen, which is that of its HTML file."""
    if path in ("README.md", INDEX):
        return "index"
    if match := re.fullmatch(r"docs/decisions/(\d{4})-.*\.md", path):
        return f"decision_{match[1]}"
    if match := re.fullmatch(r"examples/([^/]+)/README\.md", path):
        return f"example_{match[1]}"
    if path == DECISIONS:
        return "decisions"
    return posixpath.basename(path)[:-3].lower()


def slug(title):
    """The anchor that GitHub gives a heading."""
    title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower()
    return re.sub(r"[^\w\- ]", "", title).replace(" ", "-")


def example_page(path):
    """The HTML file that Doxygen makes of \\example (examples.dox)."""
    name = path.removeprefix("examples/").removeprefix("tests/support/")
    return name.replace("/", "_2").replace(".", "_8") + "-example.html"


def title_of(path):
    with open(path, encoding="utf-8") as file:
        return file.readline().lstrip("# ").strip().replace("`", "")


class Page:
    def __init__(self, path):
        self.path, self.label = path, label_of(path)
        self.order, self.seen = path in (INDEX, DECISIONS), {}

    def link(self, match):
        text, target = match[1], match[2]
        if re.match(r"[a-z]+:", target):
            return match[0]
        path, _, anchor = target.partition("#")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), path)) if path else self.path
        if path == "docs/decisions":
            path = DECISIONS
        if path.endswith(".md"):
            label = label_of(path)
            if text.endswith(".md"):  # A reader of the site knows no files.
                text = title_of(path)
            if anchor:
                return f'@ref {label}_{anchor} "{text}"'
            if label == "index":
                return f'@ref index "{text}"' if self.label != "index" else text
            return f'@{"subpage" if self.order else "ref"} {label} "{text}"'
        if path.endswith(".h") and path.startswith(("plugins/", "host/", "core/")):
            return f'@ref {posixpath.basename(path)} "{text}"'
        return f'<a href="{example_page(path)}">{text}</a>'

    def heading(self, match):
        marks, title = match[1], match[2].replace("`", "")
        if marks == "#":
            label = "mainpage" if self.label == "index" else self.label
            return f"# {title} {{#{label}}}"
        if self.label == "index":  # Its sections are not in the tree, so that its pages come first.
            return f"<h{len(marks)}>{title}</h{len(marks)}>"
        return f"{marks} {title} {{#{self.label}_{self.anchor(title)}}}"

    def anchor(self, title):
        """That of a title that the page had before has a number, as on GitHub."""
        name = slug(title)
        self.seen[name] = self.seen.get(name, -1) + 1
        return f"{name}-{self.seen[name]}" if self.seen[name] else name

    def lines(self, text):
        fence, tab = None, False
        for line in text.split("\n"):
            if opened := re.match(r" *(```+)(\S*)", line):
                fence = opened[1] if fence is None else None
                yield line if fence is None or opened[2] != "none" else opened[1]
                continue
            if fence is not None or line.startswith("    "):
                yield line
                continue
            if re.fullmatch(r" *<!-- .* -->", line):
                continue
            if tab and line.strip():  # What follows the code of a language.
                yield "@htmlonly[block]</div>@endhtmlonly\n"
                tab = False
            if (language := line.strip("*")) in LANGUAGES and line == f"**{language}**":
                tab = True
                yield f'@htmlonly[block]<div class="language" data-name="{language}">@endhtmlonly\n'
            if line.startswith("#"):
                line = re.sub(r"(#+) (.*)", self.heading, line)
            yield re.sub(r"\[((?:[^\[\]`]|`[^`]*`)+)\]\(([^)\s]+)\)", self.link, line)
        if tab:
            yield "@htmlonly[block]</div>@endhtmlonly\n"
        if self.label == "embed-in-four-languages":
            yield '\n@htmlonly[block]<script src="tabs.js"></script>@endhtmlonly'


def main(path):
    root = os.getcwd()
    path = posixpath.relpath(posixpath.abspath(path), root)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if path == INDEX:
        return  # It is in the main page.
    # A link's text may be broken into two lines.
    join = lambda page: re.sub(r"\[([^\[\]\n]*)\n([^\[\]\n]*)\]\(", r"[\1 \2](", page)  # noqa: E731
    page = Page(path)
    print("\n".join(page.lines(join(text))))
    if path == "README.md":
        with open(INDEX, encoding="utf-8") as file:
            index = Page(INDEX)
            print("\n".join(index.lines(join(file.read()).split("\n", 1)[1])))


if __name__ == "__main__":
    main(sys.argv[1])
