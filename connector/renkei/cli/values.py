"""Reading arguments and files of the command line, and reading answers of the daemon."""

from __future__ import annotations

import argparse
import getpass
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final, cast

from renkei.cli.problems import FILE_UNREADABLE, FILE_UNWRITABLE, NO_JSON, NOT_UTF8
from renkei.kernel import instants, strict_json
from renkei.kernel.problems import RenkeiError

PURPOSE: Final = "https://w3id.org/renkei/v1/purpose/"


def day(text: str) -> str:
    """An argument such as 2026-12-31."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-12-31") from None


def seconds(text: str) -> float:
    """A waiting time."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to 86400")
    return value


def port(text: str) -> int:
    """A TCP port."""
    if not text.isascii() or not text.isdecimal() or not 0 < int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to 65535")
    return int(text)


def web_address(text: str) -> str:
    """An address such as https://connector.example.com, perhaps with a path; plain http on this machine alone."""
    from renkei.daemon.config import is_web_address

    if not is_web_address(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an address such as https://connector.example.com")
    return text


def participant(text: str) -> str:
    """A participant id, or nothing for the one that follows from the address."""
    from renkei.daemon.config import is_participant

    if text and not is_participant(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a participant id such as did:web:connector.example.com")
    return text


def named_participant(text: str) -> tuple[str, str]:
    """``name=participant id``."""
    name, identifier = assignment(text)
    return name, participant(identifier or "—")


def assignment(text: str) -> tuple[str, str]:
    """``name=value``."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not name=value")
    return name, value


def criterion(text: str) -> dict[str, object]:
    """A catalog filter such as ``id like urn:cells:%``: a member, ``=``, ``like`` or ``in``, and a text (or texts)."""
    words = text.split(None, 2)
    if len(words) != 3 or words[1] not in {"=", "like", "in"}:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a filter such as 'dct:title = Cell' or 'id like urn:cells:%'"
        )
    left, operator, right = words
    texts = [word.strip() for word in right.split(",")]
    return {"operandLeft": left, "operator": operator, "operandRight": texts if operator == "in" else right.strip()}


def instant(text: str) -> str:
    """An argument such as 2027-03-31T00:00:00Z."""
    try:
        return instants.render(instants.parse(text))
    except RenkeiError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an instant such as 2027-03-31T00:00:00Z") from None


def purpose(text: str) -> str:
    """A purpose: an IRI or another data space's name as it is, a plain word as one of ours."""
    return text if ":" in text else f"{PURPOSE}{text}"


def person(name: str | None) -> str:
    """Who decides: as said, or whoever is logged in."""
    if name:
        return name
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "operator"


def read_bytes(path: str, most: int | None = None) -> bytes:
    """A file of the operator's, of at most so many bytes. Raises ConfigurationError ``cli-file-unreadable``."""
    try:
        if most is not None and Path(path).stat().st_size > most:
            raise FILE_UNREADABLE(path=path, cause=f"it has more than {most} bytes")
        return Path(path).read_bytes()
    except OSError as error:
        raise FILE_UNREADABLE(path=path, cause=error.strerror or error) from error


def read_text(path: str) -> str:
    """A text file of the operator's. Raises ConfigurationError ``cli-file-unreadable`` or ``cli-file-not-utf8``."""
    try:
        return Path(path).read_text("utf-8-sig")
    except OSError as error:
        raise FILE_UNREADABLE(path=path, cause=error.strerror or error) from error
    except UnicodeDecodeError as error:
        raise NOT_UTF8(path=path, cause=f"byte {error.start + 1}") from error


def read_table_text(path: str) -> str:
    """A CSV file of the operator's, in any encoding that offices save it in.

    Raises ConfigurationError ``cli-file-unreadable``, ``form-encoding-unknown``.
    """
    from renkei.formats.forms.texts import decode

    return decode(read_bytes(path))[0]


def read_object(path: str, *, like: str = "examples/chain") -> dict[str, object]:
    """A JSON object in a file of the operator's; good ones are shown in ``like``.

    Raises as ``read_text``, and ``cli-file-no-json``.
    """
    text = read_text(path)
    try:
        return strict_json.loads_object(text.encode(), strict_json.DOCUMENT)
    except RenkeiError as error:
        raise NO_JSON(path=path, cause=error.message(), like=like) from error


def write_file(path: str, content: bytes) -> None:
    """Write a file whole or not at all. Raises ConfigurationError ``cli-file-unwritable``."""
    draft = Path(f"{path}.part{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise FILE_UNWRITABLE(path=path, cause=error.strerror or error) from error


def items(answer: Mapping[str, object]) -> list[dict[str, object]]:
    """The items of a page."""
    return cast("list[dict[str, object]]", answer["items"])


def objects(answer: Mapping[str, object], name: str) -> list[dict[str, object]]:
    """Objects that are listed in an object; none where there is no such list."""
    return cast("list[dict[str, object]]", answer.get(name) or [])


def inner(answer: Mapping[str, object], name: str) -> dict[str, object]:
    """An object in an object."""
    return cast("dict[str, object]", answer[name])


def partner_of(answer: Mapping[str, object]) -> object:
    """A partner for people: the short name that the operator has given it, else its id."""
    return answer.get("partner_name") or answer["partner"]
