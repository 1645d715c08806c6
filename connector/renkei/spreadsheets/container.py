"""Opening an .xlsx file that a stranger may have made: a zip of XML parts, of which only what is asked for is unpacked.

What must hold:

1. the file is not larger than allowed, and a zip archive without a password;
2. it has no more parts than allowed, none twice, and none that is a program;
3. unpacked, the parts that are read are together not larger than allowed; they are measured while they are unpacked, so
   that what the archive says of itself counts for nothing;
4. each of them is well-formed XML in UTF-8 without a document type (thus without entities of its own);
5. they have no more elements than allowed, and none stand deeper: a few bytes make many of either.

Python's own zip and XML do this: the native library that was tried first ended the whole process over a row number.
Raises ConfigurationError ``spreadsheet-…``. Source: ECMA-376 part 2.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Final, Protocol
from xml.parsers import expat

from renkei.spreadsheets.bounds import Bounds
from renkei.spreadsheets.problems import MACROS, TOO_LARGE, UNREADABLE

_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_ENTRY: Final = b"PK\x01\x02"
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_PROGRAMS: Final = ("vbaproject", "macrosheets/", "activex/")
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError)


class Reader(Protocol):
    """Who listens to a part's elements; names come without their prefix."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element opens."""
        ...

    def end(self, name: str) -> None:
        """An element closes."""
        ...

    def characters(self, text: str) -> None:
        """Text between the two."""
        ...


class Container:
    """One file. Part names are compared without regard to case."""

    def __init__(self, content: bytes, bounds: Bounds) -> None:
        self._left = bounds.unpacked
        self._elements = bounds.elements
        self._bounds = bounds
        if len(content) > bounds.size:  # (1)
            raise TOO_LARGE(what="bytes", limit=bounds.size)
        if content.startswith(_OLE):
            raise UNREADABLE(cause="it is locked with a password, or in the format of before 2007")
        if content.count(_ENTRY) > bounds.parts:  # (2) before a list of them is made
            raise TOO_LARGE(what="parts", limit=bounds.parts)
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except _BROKEN:
            raise UNREADABLE(cause="it is no zip archive, or a broken one") from None
        self._parts: dict[str, zipfile.ZipInfo] = {}
        for entry in self._archive.infolist():
            name = entry.filename.casefold()
            if any(program in name for program in _PROGRAMS):
                raise MACROS(part=entry.filename[:100])
            if name in self._parts:
                raise UNREADABLE(cause=f"{entry.filename[:100]} is in it twice")
            self._parts[name] = entry

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return name.casefold() in self._parts

    def read(self, name: str, reader: Reader) -> None:
        """Tell a reader all that stands in a part."""
        body = self._unpacked(name)
        bounds, depth = self._bounds, 0

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            self._elements -= 1
            if self._elements < 0 or depth > bounds.depth:  # (5)
                deep = depth > bounds.depth
                raise TOO_LARGE(what="levels" if deep else "elements", limit=bounds.depth if deep else bounds.elements)
            reader.start(name.rpartition(":")[2], attributes)

        def end(name: str) -> None:
            nonlocal depth
            depth -= 1
            reader.end(name.rpartition(":")[2])

        def refuse(*_: object) -> None:
            raise UNREADABLE(cause=f"{name} declares a document type")  # (4)

        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = reader.characters
        parser.StartDoctypeDeclHandler = refuse
        try:
            body.decode("utf-8")  # (4) whatever a mark at its beginning makes the parser believe
            parser.Parse(body, True)
        except (expat.ExpatError, UnicodeDecodeError):
            raise UNREADABLE(cause=f"{name} is not well-formed XML in UTF-8") from None

    def _unpacked(self, name: str) -> bytes:
        entry = self._parts.get(name.casefold())
        if entry is None:
            raise UNREADABLE(cause=f"its part {name[:100]} is missing")
        if entry.flag_bits & 1 or entry.compress_type not in _METHODS:  # (1)
            raise UNREADABLE(cause=f"{name} is encrypted or packed in an unusual way")
        try:
            with self._archive.open(entry) as stream:
                body = stream.read(self._left + 1)
        except _BROKEN:
            raise UNREADABLE(cause=f"{name} is broken") from None
        self._left -= len(body)
        if self._left < 0:  # (3)
            raise TOO_LARGE(what="bytes when unpacked", limit=self._bounds.unpacked)
        return body
