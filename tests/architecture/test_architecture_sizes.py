"""A module is read in one sitting, a function on one screen."""

from __future__ import annotations

import ast

from source_tree import parsed, place, python_files

LONGEST_MODULE = 600
LONGEST_FUNCTION = 59


def test_no_module_is_longer_than_the_alarm() -> None:
    lengths = {place(path): len(path.read_text("utf-8").splitlines()) for path in python_files()}
    assert {where: length for where, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    wrong = {}
    for path in python_files():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    wrong[f"{place(path, node.lineno)} {node.name}"] = length
    assert wrong == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [path for path in python_files() if parsed(path).body and not ast.get_docstring(parsed(path))]
    # renkei/__init__.py carries the version, which the build reads.
    assert [place(path) for path in silent] in ([], ["connector/renkei/__init__.py"])
