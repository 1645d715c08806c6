"""What must not stand in any file: paths of somebody's machine, package hosts, credentials."""

from __future__ import annotations

import re

from source_tree import ROOT, place, tracked_files

# Written in pieces, so that this file does not name what it looks for.
MACHINE_PATH = re.compile(
    r"(?<![\w.}~-])/(" + "|".join(["ro" + "ot", "wo" + "rk", "tm" + "p", "ho" + "me", "Us" + "ers"]) + r")/\w"
)
PACKAGE_HOST = re.compile(
    "|".join(["py" + r"pi\.org", "python" + r"hosted\.org", r"--(extra-)?index" + "-url [^$]", "--find" + "-links"])
)
# A PEM header alone may be spoken of; with a key behind it, it is one.
SECRET = re.compile("PRIVATE" + r" KEY-----(\\n[\w+/]{16}|\s*$)|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}")


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in tracked_files():
        if path.name == "LICENSE":
            continue
        text = path.read_bytes().decode("utf-8", "replace")
        found += [place(path, number) for number, line in enumerate(text.splitlines(), 1) if pattern.search(line)]
    return found


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert lines_with(MACHINE_PATH) == []


def test_no_file_names_a_package_host() -> None:
    assert lines_with(PACKAGE_HOST) == []


def test_no_file_holds_a_private_key_or_an_access_token() -> None:
    assert lines_with(SECRET) == []


def pins(name: str) -> dict[str, str]:
    """Each pinned package with its version, and the hashes that stand with it."""
    entries = (ROOT / "requirements" / name).read_text("utf-8").replace("\\\n", " ").splitlines()
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []
    return {entry.split()[0]: entry[entry.index("--hash") :] for entry in entries}


def test_every_pin_carries_a_hash_and_the_demo_runs_on_what_the_tests_use() -> None:
    demo, tests = pins("run.txt"), pins("dev.txt")
    assert len(demo) > 20
    assert demo.items() <= tests.items()
