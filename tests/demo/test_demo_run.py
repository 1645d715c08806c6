"""The demo as a whole: real daemons as processes of their own, and none of them left at the end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SHIPPED = Path(__file__).resolve().parents[2] / "examples" / "chain"
COMPANIES = ["car-maker", "cathode-maker", "cell-maker", "lithium-refiner", "pack-maker"]
ALSO = ["case-maker", "chip-maker", "inverter-maker", "verifier"]  # who plays in the acts only
ACTS = ["crosswalk", "excel_answer", "restatement", "collector", "red_flag", "silent_supplier", "audit"]
DEMO = [sys.executable, "-m", "renkei", "demo"]
LONGEST = 200

pytestmark = pytest.mark.e2e


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*DEMO, *words], capture_output=True, text=True, timeout=LONGEST, check=False)


def running(folder: Path) -> list[str]:
    """Command lines of processes that work in a folder."""
    if not Path("/proc/self/cmdline").exists():
        pytest.skip("without /proc processes cannot be looked up")
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = place.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if " serve " in line and str(folder) in line:
            found.append(line)
    return found


def test_shipped_chain_runs_end_to_end(tmp_path: Path) -> None:
    """One run, and all that can be seen of it: workers that share out tests would each start it again."""
    folder = tmp_path / "kept"
    ended = run("--json", "--keep", str(folder))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = json.loads(ended.stdout)
    total_is_the_expected_one(found)
    every_tier_answered_under_contracts(found)
    one_mineral_is_unknown(found)
    tree_masks_what_the_car_maker_may_not_see(found)
    each_company_had_its_own_database_and_keys(folder)
    car_maker_never_held_a_deeper_company_s_record(folder)
    every_act_was_played(found["steps"])
    assert running(folder) == []


def total_is_the_expected_one(found: dict) -> None:
    assert found["ok"] is True
    assert found["total"] == found["expected"] == "62.9204177617603"
    assert found["per_delivered"] == found["expected_per_delivered"] == "0.131084203670"
    assert found["differences"] == found["open_requests"] == []
    assert 0 < found["elapsed_s"] < LONGEST


def every_tier_answered_under_contracts(found: dict) -> None:
    assert (found["companies"], found["requests"], found["answered"]) == (5, 4, 4)
    # For each request a contract on either's box and one for each of the two records.
    assert (found["negotiations"], found["finalized"]) == (16, 16)
    assert (found["transfers"], found["completed"]) == (16, 16)


def one_mineral_is_unknown(found: dict) -> None:
    assert found["due_diligence"] == {
        "cobalt": "met",
        "natural_graphite": "unknown",
        "lithium": "met",
        "nickel": "not-met",
    }


def tree_masks_what_the_car_maker_may_not_see(found: dict) -> None:
    (pack,) = found["tree"]["branches"]
    (deeper,) = pack["branches"]
    assert (deeper["company"], deeper["kgCO2e"], deeper["below"]) == ("**", "**", {"open": 0, "total": 3})
    text = json.dumps(found["tree"])
    assert [name for name in ("cell-maker", "cathode-maker", "lithium-refiner") if name in text] == []


def each_company_had_its_own_database_and_keys(folder: Path) -> None:
    everybody = sorted([*COMPANIES, *ALSO])
    assert sorted(path.name for path in folder.iterdir()) == everybody
    assert all((folder / company / "renkei.db").is_file() for company in everybody)
    for key in ("token.pem", "assertion.pem"):
        assert len({(folder / company / "keys" / key).read_bytes() for company in everybody}) == 9


def car_maker_never_held_a_deeper_company_s_record(folder: Path) -> None:
    held = (folder / "car-maker" / "renkei.db").read_bytes()
    assert b"PACK-60" in held
    assert [name for name in (b"CELL-NMC811", b"CAM-NMC811", b"LIOH-H2O") if name in held] == []


def every_act_was_played(steps: dict) -> None:
    assert {name: step["ok"] for name, step in steps.items()} == dict.fromkeys(ACTS, True)
    found = {name: step["found"] for name, step in steps.items()}
    a_part_was_asked_for_by_the_customer_s_number(found["crosswalk"])
    an_excel_answer_arrived_unsigned(found["excel_answer"])
    a_restatement_rippled_to_the_car_maker(found["restatement"])
    # METI's slide, cell by cell: A 40, B 10, C **, D **, G **, E 15, and one whose name is masked, too.
    cells = {tuple(cell) for cell in found["collector"]["screen"]}
    assert cells == {("A", "40"), ("B", "10"), ("C", "**"), ("D", "**"), ("G", "**"), ("E", "15"), ("**", "**")}
    assert len(found["collector"]["screen"]) == 7
    a_red_flag_arrived_in_one_round(found["red_flag"])
    a_silent_supplier_stays_unknown(found["silent_supplier"])
    an_auditor_s_statement_travelled_back(found["audit"])


def a_part_was_asked_for_by_the_customer_s_number(found: dict) -> None:
    assert (found["asked"], found["answered_as"], found["linked"]) == ("8K0-4711", "COVER-9", "8K0-4711")
    assert (found["record"], found["total"]) == ("12.5", "28")  # 3 + 2 x 12.5


def an_excel_answer_arrived_unsigned(found: dict) -> None:
    assert (found["request"], found["signed"], found["record"]) == ("answered", False, "6.5")  # 2.5 + 4
    assert (found["total"], found["gaps"]) == ("18", [])  # 5 + 2 x 6.5


def a_restatement_rippled_to_the_car_maker(found: dict) -> None:
    chain = ["lithium-refiner", "cathode-maker", "cell-maker", "car-maker"]
    assert [found["before"][company] for company in chain] == ["70", "100", "180", "460"]
    assert [found["after"][company] for company in chain] == ["60", "90", "160", "450"]
    assert found["why"] == [{"kind": "supplier", "name": "**", "company": "**", "kgCO2e": "-10"}]
    assert (found["told_by"], found["cause"], found["names_heard"]) == ("cell-maker", "supplier-update", [])
    assert found["notices"] == 4  # one to each direct customer; the car maker's is the verifier


def a_red_flag_arrived_in_one_round(found: dict) -> None:
    assert (found["before"], found["after"], found["risks"]) == ("met", "not-met", ["child_labour"])
    assert found["notices"] == {"cell-maker": 1, "pack-maker": 1, "car-maker": 1}
    assert (found["told_by"], found["names_heard"]) == ("pack-maker", [])


def a_silent_supplier_stays_unknown(found: dict) -> None:
    assert (found["asked"], found["open"]) == (2, 1)
    assert found["gaps"] == [{"part": "**", "company": "**", "count": 1, "estimated": True}]
    assert found["total"] == "33"  # 4 + 20 + 9 that stand in for the silent one
    assert found["primary_data_share"].startswith("72.7272727")  # 24 of 33
    assert (found["cobalt"], found["cobalt_covered"]) == ("unknown", "0.75")


def an_auditor_s_statement_travelled_back(found: dict) -> None:
    assert (found["outcome"], found["steps_held"], found["performed_again"]) == ("proved", 7, "160 kgCO2e")
    assert found["hands_on"] == ["cathode-maker"]
    assert (found["before"], found["after"], found["recognised"]) == ("unverified", "verified", True)


def test_one_changed_figure_ends_with_a_difference(tmp_path: Path) -> None:
    chain = Path(shutil.copytree(SHIPPED, tmp_path / "chain"))
    shutil.rmtree(chain / "acts")  # a chain of one's own needs none
    file = chain / "lithium-refiner" / "inventory.json"
    text = file.read_text("utf-8")
    assert text.count('"137.5"') == 1
    file.write_text(text.replace('"137.5"', '"162.5"'), "utf-8")
    ended = run("--lang", "ja", "--chain", str(chain))
    assert ended.returncode == 9, ended.stderr
    # 25 kg CO2e more for a bag of 25 kg, of which 0.72 kg go into 1 kWh.
    assert "合計: 63.6404177617603(期待値 62.9204177617603)" in ended.stdout
    assert "リチウム精製会社: 正極材メーカーから LIOH-H2O の依頼を受信" in ended.stderr


def test_time_limit_stops_everything(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    ended = run("--json", "--timeout", "0.1", "--keep", str(folder))
    assert ended.returncode == 10, ended.stderr
    assert json.loads(ended.stdout)["error"]["code"] == "demo-timed-out"
    assert running(folder) == []


def test_daemon_that_cannot_start_is_named_with_its_log(tmp_path: Path) -> None:
    """The processes it starts are stand-ins here, which end at once and say why."""
    broken = tmp_path / "renkei"
    broken.mkdir()
    (broken / "__init__.py").write_text("", "utf-8")
    (broken / "__main__.py").write_text(
        "import sys\nsys.stderr.write('no disk\\n')\nsys.exit(4)\n",
        "utf-8",
    )
    program = (
        "import os, sys\nimport renkei.cli.demo.course\n"
        f"os.environ['PYTHONPATH'] = {str(tmp_path)!r}\n"
        "from renkei.cli import main\n"
        "sys.exit(main(['demo', '--json']))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=LONGEST, check=False
    )
    assert ended.returncode == 1, ended.stderr
    assert json.loads(ended.stdout)["error"]["code"] == "demo-daemon-ended"
    assert "no disk" in ended.stderr


@pytest.mark.parametrize("moment", ["Starting", "ready"])
def test_interrupted_demo_leaves_no_daemon_and_no_folder(tmp_path: Path, moment: str) -> None:
    environment = os.environ | {"TMPDIR": str(tmp_path), "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(DEMO, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment) as demo:
        assert demo.stderr is not None
        for line in demo.stderr:
            if moment in line:
                break
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(LONGEST) == 1
    assert running(tmp_path) == []
    assert list(tmp_path.iterdir()) == []
