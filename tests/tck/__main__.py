"""``python -m tests.tck``: prove the harness, then run the DSP kit three times against our connector.

The kit's exit code is not enough, since a test that does not run shows nowhere: exactly the expected 65 ids must have
passed in every run. Needs Java 17 and Maven; everything is kept below ``.build/tck``.

``--kit FOLDER`` runs another version of the kit, all of whose jars, with those they need, lie in that folder; Maven is
not needed then. It is how a final version is held against the same ids, since the registry has release candidates only.
``--no-self-test`` leaves out the run that proves the harness.

Ends with 0 if all is as expected, 1 if a test is not, 2 if the options or the folder are wrong, 3 if a tool is missing.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.tck.connector import US, offer_id
from tests.tck.scenarios import (
    CONSUMER_NEGOTIATIONS,
    CONSUMER_TRANSFERS,
    EXPECTED,
    PROVIDER_NEGOTIATIONS,
    PROVIDER_TRANSFERS,
)

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parents[1]
BUILD: Final = ROOT / ".build" / "tck"
RUNS: Final = 3
SELF_TESTS: Final = 3
_LINE = re.compile(r"(SUCCESSFUL|FAILED):\s+([A-Z_]+:\d\d-\d\d)")


def main() -> int:
    """0 only if the self-test and all runs passed exactly what must pass."""
    options = _options()
    for tool in ("java",) if options.kit else ("java", "mvn"):
        if shutil.which(tool) is None:
            print(f"make tck needs {tool}: install a JDK 17 and Maven (Debian: openjdk-17-jdk-headless, maven).")
            return 3
    kit = options.kit or _fetch()
    system = sorted(jar.name for jar in kit.glob("dsp-system*.jar"))
    if len(system) != 1:
        print(f"{kit} must hold one version of the kit, so one dsp-system jar; it holds {', '.join(system) or 'none'}.")
        return 2
    BUILD.mkdir(parents=True, exist_ok=True)
    print(f"kit: {system[0]}", flush=True)
    if options.self_test and not _self_test(kit):
        return 1
    for number in range(1, RUNS + 1):
        with _connector() as (port, trigger_port):
            results = _run(kit, _settings(port, trigger_port))
        if not _judge(f"run {number}", results):
            print(f"DSP TCK: {len(results['SUCCESSFUL'])} passed, {len(results['FAILED'])} failed (run {number})")
            return 1
        print(f"run {number}: {len(results['SUCCESSFUL'])} passed", flush=True)
    print(f"DSP TCK: {len(EXPECTED)} passed, 0 failed ({RUNS} runs)")
    return 0


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for: ``kit`` is a folder of jars, or None for what Maven brings."""

    kit: Path | None
    self_test: bool


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="python -m tests.tck")
    parser.add_argument("--kit", type=Path, metavar="FOLDER", help="the jars of another version of the kit")
    parser.add_argument("--no-self-test", action="store_true", help="do not prove the harness first")
    given = parser.parse_args()
    return Options(kit=given.kit, self_test=not given.no_self_test)


def _self_test(kit: Path) -> bool:
    """Prove the harness: the kit against its own connector, which on a busy machine loses a race now and then."""
    for attempt in range(1, SELF_TESTS + 1):
        own = _run(kit, {"dataspacetck.dsp.local.connector": "true", **_settings(0, 0)})
        if _judge(f"self-test, try {attempt}", own):
            print(f"self-test: {len(own['SUCCESSFUL'])} passed", flush=True)
            return True
    return False


def _fetch() -> Path:
    lib = BUILD / "lib"
    if lib.is_dir() and (lib / ".complete").exists():
        return lib
    print("fetching the kit with Maven …", flush=True)
    command = [
        "mvn",
        "-q",
        "-B",
        "-f",
        str(HERE / "pom.xml"),
        "dependency:copy-dependencies",
        f"-DoutputDirectory={lib}",
    ]
    subprocess.run(command, check=True, timeout=600)
    (lib / ".complete").touch()
    return lib


def _settings(port: int, trigger_port: int) -> dict[str, str]:
    """The kit's properties: where we are, and what our fixtures are called."""
    kit_port = _free_port()
    settings = {
        "dataspacetck.debug": "false",
        "dataspacetck.launcher": "org.eclipse.dataspacetck.dsp.system.DspSystemLauncher",
        "dataspacetck.dsp.connector.agent.id": US,
        "dataspacetck.dsp.connector.http.url": f"http://127.0.0.1:{port}/dsp/2025-1",
        "dataspacetck.dsp.connector.http.base.url": f"http://127.0.0.1:{port}",
        "dataspacetck.dsp.connector.negotiation.initiate.url": f"http://127.0.0.1:{trigger_port}/negotiations",
        "dataspacetck.dsp.connector.transfer.initiate.url": f"http://127.0.0.1:{trigger_port}/transfers",
        "dataspacetck.dsp.default.wait": "15",
        "dataspacetck.callback.address": f"http://127.0.0.1:{kit_port}",
        "dataspacetck.host": "127.0.0.1",
        "dataspacetck.port": str(kit_port),
    }
    for dataset in PROVIDER_NEGOTIATIONS:
        settings[f"{_test(dataset)}_DATASETID"] = dataset
        settings[f"{_test(dataset)}_OFFERID"] = offer_id(dataset)
    for dataset in CONSUMER_NEGOTIATIONS:
        settings[f"{_test(dataset)}_DATASETID"] = dataset
    for agreement in (*PROVIDER_TRANSFERS, *CONSUMER_TRANSFERS):
        settings[f"{_test(agreement)}_AGREEMENTID"] = agreement
        settings[f"{_test(agreement)}_FORMAT"] = "HttpData-PULL"
    settings["CAT_01_01_DATASETID"] = "CAT0101"
    settings["CAT_01_02_DATASETID"] = "CAT0102"
    return settings


def _test(fixture: str) -> str:
    """``ACNC0101`` → ``CN_C_01_01``: the kit's name for a test in its properties."""
    letters, group, number = fixture[1:-4], fixture[-4:-2], fixture[-2:]
    return f"{'_'.join([letters[:2], *letters[2:]])}_{group}_{number}"


def _run(kit: Path, settings: dict[str, str]) -> dict[str, set[str]]:
    """One run of the kit: the ids that passed and those that failed."""
    with tempfile.NamedTemporaryFile("w", suffix=".properties") as file:
        file.write("".join(f"{name}={value}\n" for name, value in settings.items()))
        file.flush()
        command = ["java", "-cp", f"{kit}/*", str(HERE / "Kit.java"), file.name]
        done = subprocess.run(command, capture_output=True, text=True, timeout=420, check=False)
    (BUILD / "last.log").write_text(done.stdout + done.stderr)
    results: dict[str, set[str]] = {"SUCCESSFUL": set(), "FAILED": set()}
    for verdict, test in _LINE.findall(done.stdout):
        results[verdict].add(test)
    return results


def _judge(title: str, results: dict[str, set[str]]) -> bool:
    missing = sorted(EXPECTED - results["SUCCESSFUL"])
    beyond = sorted(results["SUCCESSFUL"] - EXPECTED)
    for word, tests in (("failed", sorted(results["FAILED"])), ("not passed", missing), ("not expected", beyond)):
        if tests:
            print(f"{title}: {word}: {', '.join(tests)}")
    return not missing and not beyond and not results["FAILED"]


@contextmanager
def _connector() -> Iterator[tuple[int, int]]:
    """Our connector with an empty database, for one run."""
    port, trigger_port = _free_port(), _free_port()
    with tempfile.TemporaryDirectory() as name, (BUILD / "connector.log").open("w") as log:
        command = [sys.executable, "-m", "tests.tck.connector", name, str(port), str(trigger_port)]
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["ready"]
            yield port, trigger_port
            assert process.stdin is not None
            process.stdin.close()
            process.wait(20)
        finally:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    begun = time.monotonic()
    code = main()
    print(f"took {time.monotonic() - begun:.0f} s", file=sys.stderr)
    sys.exit(code)
