"""`python -m docs.generator`: brings zh.po up to date with what is said in English, and tells what has no Chinese."""

from __future__ import annotations

import sys

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from docs.generator import commands, events, settings, tables
from docs.generator.words import CATALOGUE, Words, catalogue

HEAD = """# What the generated pages say, in Chinese; `python -m docs.generator` looks for what is missing.
msgid ""
msgstr ""
"Language: zh\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""


def asked() -> list[str]:
    """All that the pages say in English."""
    words = Words("en")
    for module in (settings, commands, tables, events):
        module.made(words)
    return sorted(filter(None, words.asked))


def main() -> int:
    """Write the catalogue anew; 1 when something has no Chinese yet."""
    known = {str(one.id): str(one.string) for one in catalogue() if one.id}
    anew = Catalog(locale="zh")
    missing = [text for text in asked() if not known.get(text)]
    for text in asked():
        anew.add(text, known.get(text, ""))
    with CATALOGUE.open("wb") as file:
        file.write(HEAD.encode())
        write_po(file, anew, width=0, omit_header=True)
    for text in missing:
        sys.stdout.write(f"no Chinese: {text}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
