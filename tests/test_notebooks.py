"""The notebook runs, and shows what a fresh run shows. ``python tests/test_notebooks.py --write`` runs it and keeps the outputs."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import nbformat
import pytest
from nbclient import NotebookClient
from traitlets.config import Config

ROOT: Final = Path(__file__).parent.parent
NOTEBOOKS: Final = sorted((ROOT / "notebooks").glob("*.ipynb"))
#: a notebook that takes longer has stopped
TIMEOUT_S: Final = 120


def executed(path: Path, folder: Path) -> Any:
    """The notebook after a run in ``folder``; an error in a cell is one here. The kernel is spoken to through files, not ports."""
    notebook = nbformat.read(path, as_version=4)
    with TemporaryDirectory() as sockets:
        client = NotebookClient(
            notebook,
            timeout=TIMEOUT_S,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
            record_timing=False,
            shutdown_kernel="immediate",
            config=Config({"KernelManager": {"transport": "ipc", "ip": f"{sockets}/kernel"}}),
        )
        client.execute(env={**os.environ, "PYTHONPATH": str(ROOT)})
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return notebook


def shown(notebook: Any) -> list[tuple[str, list[str]]]:
    """The source of each cell with its texts; of pictures, that there is one."""
    found = []
    for cell in notebook.cells:
        texts = []
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            texts += [output["text"]] if output.output_type == "stream" else []
            is_picture = "image/png" in data
            texts += ["a picture"] if is_picture else [data[kind] for kind in ("text/plain", "text/html") if kind in data]
        found.append((cell.source, texts))
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda each: each.stem)
@pytest.mark.parametrize("folder", ["notebooks", pytest.param(".", marks=pytest.mark.real)])
def test_notebook_shows_what_a_fresh_run_shows(path: Path, folder: str):
    kept = nbformat.read(path, as_version=4)
    assert shown(executed(path, ROOT / folder)) == shown(kept), "run: python tests/test_notebooks.py --write"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda each: each.stem)
def test_notebook_is_whole_and_knows_no_machine(path: Path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert all(output.output_type != "error" and output.get("name") != "stderr" for cell in cells for output in cell.outputs)
    text = path.read_text("utf-8")
    assert not re.search(r"/(?:home|Users|root|tmp|work)/", text)
    assert "ipykernel_" not in text


def test_there_is_a_notebook():
    assert NOTEBOOKS


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python tests/test_notebooks.py --write")
    for each in NOTEBOOKS:
        nbformat.write(executed(each, each.parent), each)
