"""Every error has one stable code, says the same in two languages, gets its values, and is documented."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from pathlib import Path
from string import Formatter

from source_tree import modules, parsed, place, problems, python_files

from renkei.kernel.problems import Problem

CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
JAPANESE = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def test_codes_are_unique() -> None:
    counted = Counter(problem.code for problem in problems().values())
    assert [code for code, times in counted.items() if times > 1] == []
    assert len(counted) > 20


def test_no_code_in_the_source_is_missed() -> None:
    written = {
        keyword.value.value
        for path in python_files()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem"
        for keyword in node.keywords
        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant)
    }
    assert written - {problem.code for problem in problems().values()} == set()


def test_every_problem_is_complete_in_both_languages() -> None:
    assert {name: flaws(problem) for name, problem in problems().items() if flaws(problem)} == {}


def flaws(problem: Problem) -> list[str]:
    checks = {"code": CODE.fullmatch(problem.code), "status": problem.status == 0 or 400 <= problem.status <= 599}
    for part, english, japanese in (
        ("message", problem.en, problem.ja),
        ("hint", problem.hint_en, problem.hint_ja),
    ):
        checks |= {
            f"{part} en": english.strip() and not JAPANESE.search(english),
            f"{part} ja": JAPANESE.search(japanese),
            # A value that is a sentence has a Japanese one of its own: ``{cause}`` and ``{cause_ja}``.
            f"{part} values": placeholders(english) == {field.removesuffix("_ja") for field in placeholders(japanese)},
            # A field is a plain name: an attribute or index would reach into a stranger's value.
            f"{part} fields": all(field.isidentifier() for field in placeholders(english)),
        }
    return [name for name, holds in checks.items() if not holds]


def test_every_raised_problem_gets_the_values_it_names() -> None:
    wrong = []
    seen = 0
    for module in modules():
        path = Path(str(module.__file__))
        for node in ast.walk(parsed(path)):
            if not isinstance(node, ast.Call):
                continue
            problem = constant(module, node.func)
            if problem is None or any(keyword.arg is None for keyword in node.keywords):
                continue
            seen += 1
            given = {keyword.arg for keyword in node.keywords}
            texts = (problem.en, problem.hint_en, problem.ja, problem.hint_ja)
            missing = set[str]().union(*map(placeholders, texts)) - given
            if missing:
                wrong.append(f"{place(path, node.lineno)} {problem.code} lacks {sorted(missing)}")
    assert wrong == []
    assert seen > 50


def constant(module: object, called: ast.expr) -> Problem | None:
    """The problem that ``NAME`` or ``problems.NAME`` is in that module."""
    value: object = None
    if isinstance(called, ast.Name):
        value = getattr(module, called.id, None)
    elif isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        holder = getattr(module, called.value.id, None)
        value = getattr(holder, called.attr, None) if holder in sys.modules.values() else None
    return value if isinstance(value, Problem) else None
