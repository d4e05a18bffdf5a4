"""What TwiML may be, read from the descriptions that Twilio publishes: elements, their children, attributes, values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as Xml

FOLDER = Path(__file__).parent.parent / "node" / "node_modules" / "twilio" / "lib" / "twiml"
_CLASS = re.compile(r"(?:declare|export) class (\w+) extends TwiML \{(.*?)\n    ?\}", re.DOTALL)
_INTERFACE = re.compile(r"interface (\w+)Attributes(?: extends \w+)? \{(.*?)\n    \}", re.DOTALL)
_UNION = re.compile(r"type (\w+) = ([^;]+);")
_METHOD = re.compile(r"^\s+(?:\"?)([a-zA-Z-]+)(?:\"?)\((?:[^)]*?\.(\w+)Attributes)?[^)]*\): \w+\.(\w+);", re.MULTILINE)
_PROPERTY = re.compile(r"^\s+\"?([\w-]+)\"?\??: ([^;]+);", re.MULTILINE)
_WRITTEN = re.compile(r'"([^"]+)"')


@dataclass
class Grammar:
    """The children that an element may have, and the types of its attributes by the name of its class."""

    children: dict[str, dict[str, str]] = field(default_factory=dict)
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)
    unions: dict[str, set[str]] = field(default_factory=dict)

    def problems(self, root: Xml.Element, name: str) -> list[str]:
        """What of a document of this class (VoiceResponse, MessagingResponse) the descriptions don't allow."""
        found = [] if root.tag == "Response" else [f"the root is {root.tag}"]
        return found + self._below(root, name)

    def _below(self, element: Xml.Element, name: str) -> list[str]:
        found = []
        for child in element:
            kind = self.children.get(name, {}).get(child.tag.lower())
            if kind is None:
                found.append(f"{child.tag} in {name}")
                continue
            found += [problem for pair in child.attrib.items() if (problem := self._wrong(kind, *pair))]
            found += self._below(child, kind)
        return found

    def _wrong(self, kind: str, attribute: str, value: str) -> str:
        declared = self.attributes.get(kind, {}).get(attribute)
        if declared is None:
            return f"{kind} has no attribute {attribute}"
        allowed = self.unions.get(declared.removesuffix("[]"))
        values = value.split() if declared.endswith("[]") else [value]
        fits = {
            "number": value.isdigit(),
            "boolean": value in ("true", "false"),
            "string": True,
        }.get(declared, allowed is not None and set(values) <= allowed)
        return "" if fits else f"{kind} {attribute}={value!r} is no {declared}"


def grammar(name: str) -> Grammar:
    """The grammar of `VoiceResponse` or `MessagingResponse`."""
    text = re.sub(r"/\*.*?\*/", "", (FOLDER / f"{name}.d.ts").read_text("utf-8"), flags=re.DOTALL)
    made = Grammar()
    for union, values in _UNION.findall(text):
        made.unions[union] = set(_WRITTEN.findall(values))
    for owner, body in _INTERFACE.findall(text):
        made.attributes.setdefault(owner, {}).update(_PROPERTY.findall(body))
    for owner, body in _CLASS.findall(text):
        for method, _, kind in _METHOD.findall(body):
            made.children.setdefault(owner, {})[method.lower()] = kind
    return made
