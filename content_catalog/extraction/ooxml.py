"""The container of PPTX and DOCX: parts, their XML, and relations inside the file.

Only parts of the file itself are opened, by name; what points outside is never followed. XML is
parsed without entities, DTDs and network. Reading the parts ourselves also yields text that the
common libraries leave out: text boxes, SmartArt, charts, notes in order.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree

from content_catalog.extraction import active_content
from content_catalog.extraction.reading import Unreadable, useful_title
from content_catalog.extraction.types import Limits, Refused
from content_catalog.extraction.zip_directory import check_declared_sizes, open_zip

PART_BYTES = 256 * 1024 * 1024
XML_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
CORE_TITLE = "{http://purl.org/dc/elements/1.1/}title"


@dataclass(frozen=True, slots=True)
class Relation:
    """From one part to another; ``kind`` is the last word of its type, ``target`` a part's name."""

    kind: str
    target: str


class Package:
    """An opened office file. Raises ``Unreadable`` when it cannot be opened."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        try:
            self._archive = open_zip(io.BytesIO(data), limits)
            check_declared_sizes(self._archive, limits, len(data))
        except Refused as refused:
            raise Unreadable(refused.code, refused.message) from refused
        self._names = {info.filename.lower(): info for info in self._archive.infolist()}

    def has(self, name: str) -> bool:
        """Whether there is a part of this name; case does not matter."""
        return name.lower() in self._names

    def bytes_of(self, name: str) -> bytes:
        """The unpacked part. Raises ``Unreadable`` when it is missing, damaged or too large."""
        info = self._names.get(name.lower())
        if info is None:
            raise Unreadable("damaged", f"This file is damaged: its part {name[:80]} is missing.")
        if info.file_size > PART_BYTES:
            raise Unreadable("too_large", "A part of this file is too large to be read.")
        try:
            with self._archive.open(info) as part:
                return part.read(PART_BYTES + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            NotImplementedError,
            RuntimeError,
            ValueError,
        ) as error:
            raise Unreadable(
                "damaged", "This file is damaged: a part of it cannot be unpacked."
            ) from error

    def xml(self, name: str) -> etree._Element:
        """The root element of a part. Raises ``Unreadable`` for broken XML or a DTD."""
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
            recover=False,
        )
        try:
            root = etree.fromstring(self.bytes_of(name), parser)
        except etree.XMLSyntaxError as error:
            raise Unreadable(
                "damaged", "This file is damaged: a part of it is not proper XML."
            ) from error
        if root.getroottree().docinfo.doctype:
            raise Unreadable(
                "unsafe_xml",
                "This file was not read: it declares XML entities, which office "
                "programs never write.",
            )
        return root

    def relations(self, name: str) -> dict[str, Relation]:
        """Relations of a part to other parts of this file, by their id."""
        folder, base = posixpath.split(name)
        part = posixpath.join(folder, "_rels", base + ".rels")
        if not self.has(part):
            return {}
        found = {}
        for element in self.xml(part):
            if element.get("TargetMode", "").lower() == "external":
                continue
            target = unquote(element.get("Target", ""))
            path = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            kind = element.get("Type", "").rsplit("/", 1)[-1]
            found[element.get("Id", "")] = Relation(kind, path)
        return found

    def main_part(self) -> str:
        """Name of the document itself. Raises ``Unreadable`` when there is none."""
        for relation in self.relations("").values():
            if relation.kind == "officeDocument" and self.has(relation.target):
                return relation.target
        raise Unreadable("damaged", "This file is damaged: its main part is missing.")

    def related(self, name: str, *kinds: str) -> Iterator[str]:
        """Names of parts that ``name`` relates to as one of ``kinds``, as far as they exist."""
        for relation in self.relations(name).values():
            if relation.kind in kinds and self.has(relation.target):
                yield relation.target

    def has_pictures(self) -> bool:
        """Whether any picture is stored in the file."""
        return any("/media/" in "/" + name for name in self._names)

    def title(self) -> str | None:
        """The title from the file's properties."""
        try:
            return useful_title(self.xml("docProps/core.xml").findtext(CORE_TITLE))
        except Unreadable:
            return None

    def has_active_content(self) -> bool:
        """Macros, controls, embedded objects, or parts that are fetched from outside."""
        if active_content.in_office_names(self._names):
            return True
        for name in self._names:
            if name.endswith(".rels"):
                try:
                    if active_content.in_relationships(self.bytes_of(name)):
                        return True
                except Unreadable:
                    continue
        return False


def local_name(element: etree._Element) -> str:
    """Tag without its namespace, which differs between the strict and the usual flavour."""
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def attribute(element: etree._Element, name: str) -> str | None:
    """Attribute by its local name, whatever the namespace."""
    for key, value in element.attrib.items():
        if str(key).rsplit("}", 1)[-1] == name:
            return str(value)
    return None
