#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""links.py ROOT: fails if a relative link of a Markdown page leads nowhere, its anchor included.

links.py --html FOLDER: the same for the made site.
"""

import html.parser
import re
import sys
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs/site"))
from filter import slug  # noqa: E402  # pylint: disable=wrong-import-position


def prose_of(text):
    """The lines outside of code blocks."""
    fence = None
    for number, line in enumerate(text.split("\n"), 1):
        if opened := re.match(r" *(```+)", line):
            fence = opened[1] if fence is None else None
        elif fence is None and not line.startswith("    "):
            yield number, line


def anchors_of(text):
    """Of the headings, as on GitHub."""
    seen, found = {}, set()
    for _, line in prose_of(text):
        if heading := re.match(r"#+ (.*)", line):
            name = slug(heading[1])
            seen[name] = seen.get(name, -1) + 1
            found.add(f"{name}-{seen[name]}" if seen[name] else name)
    return found


def wrong_in_markdown(root):
    pages = [root / "README.md", root / "CHANGELOG.md", *root.glob("docs/**/*.md"),
             *root.glob("examples/*/README.md")]
    for page in pages:
        text = page.read_text()
        for number, line in prose_of(text):
            for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line)):
                if re.match(r"[a-z]+:", target):
                    continue
                path, _, anchor = target.partition("#")
                file = (page.parent / path).resolve() if path else page
                if not file.exists():
                    yield f"{page.relative_to(root)}:{number}: there is no {target}"
                elif anchor and anchor not in anchors_of(file.read_text()):
                    yield f"{page.relative_to(root)}:{number}: {file.name} has no heading #{anchor}"


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.ids = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids |= {given[name] for name in ("id", "name") if given.get(name)}
        for name in ("href", "src"):
            if given.get(name):
                self.links.add(given[name])


def wrong_in_html(folder):
    pages = {file.name: Page(file.read_text(errors="replace")) for file in folder.glob("*.html")}
    for name, page in sorted(pages.items()):
        for link in sorted(page.links):
            path, _, anchor = urllib.parse.unquote(link).partition("#")
            if re.match(r"[a-z]+:|//", link) or path.endswith(".md"):
                if path.endswith(".md"):
                    yield f"{name}: {link} is a Markdown page"
                continue
            if path and not (folder / path).exists():
                yield f"{name}: there is no {link}"
            elif anchor and path.endswith(".html") and anchor not in pages[path].ids:
                yield f"{name}: {link} has no such anchor"


def main(arguments):
    found = list(wrong_in_html(Path(arguments[1])) if arguments[0] == "--html"
                 else wrong_in_markdown(Path(arguments[0]).resolve()))
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: links.py ROOT | links.py --html FOLDER")
    sys.exit(main(sys.argv[1:]))
