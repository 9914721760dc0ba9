"""SECURITY.md is true: the tests that it names exist, and no file from outside is run as code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "SECURITY.md").read_text("utf-8")


def calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    """Each call of such a function of a module in the worker, such as ``torch.load``, with its file."""
    for path in [*(ROOT / "handler").rglob("*.py"), *ROOT.glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in names:
                yield str(path.relative_to(ROOT)), node


def test_tests_that_the_page_names_exist() -> None:
    """Each test behind a boundary is there under its name."""
    named = set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE))
    assert len(named) > 40
    missing = [
        f"{path}::{test}"
        for path, test in sorted(named)
        if not (ROOT / path).is_file()
        or (test and not re.search(rf"^(?:async )?def {test}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE))
    ]
    assert missing == []


def test_every_boundary_has_a_test() -> None:
    """No row of the page's tables is without a test."""
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| --- ")]
    heads = {line for line in rows if line.endswith("| tested in |")}
    assert len(rows) > 25
    assert [row for row in rows if row not in heads and "`tests/" not in row.split(" | ")[-1]] == []


def test_weights_are_read_as_weights() -> None:
    """Every checkpoint that could bring code is opened without running any of it."""
    found = list(calls("torch.load"))
    assert found
    for path, call in found:
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        assert given.get("weights_only") == "True", f"{path}:{call.lineno}"


def test_pickles_are_of_the_worker_alone() -> None:
    """Pickle is read from the worker's own processes, and from a file in the folder of the running job."""
    found = {path for path, _ in calls("pickle.load", "pickle.loads", "pickle.Unpickler")}
    assert found == {"handler/backends/child_process.py", "handler/pipeline/book/whole.py"}
    assert not list(calls("marshal.loads", "shelve.open", "joblib.load", "numpy.load", "np.load", "eval"))
