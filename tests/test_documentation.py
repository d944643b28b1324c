"""The README says what the code does. ``python tests/test_documentation.py --write`` writes its generated parts anew."""

from __future__ import annotations

import ast
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final, get_args

import pytest

ROOT: Final = Path(__file__).parent.parent
README: Final = ROOT / "README.md"
GENERATED: Final = re.compile(r"(?P<head><!-- generated: (?P<name>\w+) -->\n)(?P<text>.*?)(?P<tail><!-- end -->)", re.DOTALL)
BLOCK: Final = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
WIDEST: Final = 140


def report() -> str:
    """The beginning of the story's report: the answer and the proof of its cause."""
    told = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "FORCE_COLOR", "NO_COLOR"}}
    command = [sys.executable, "-m", "logcorr", "report", "sample_logs/story"]
    done = subprocess.run(command, cwd=ROOT, env=told | {"PYTHONUTF8": "1"}, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    shown, found, _ = done.stdout.partition("\nHow it did harm")
    assert found, done.stdout
    return f"```text\n{shown.rstrip()}\n```\n"


def formats() -> str:
    """Every format of the table, by the file that reads it."""
    from logcorr.formats import table

    rows = []
    for module in modules_of(table):
        known = getattr(module, "FORMATS", None) or (module.FORMAT,)
        about = first_line(module.__doc__)
        last_resort = " *(not understood: counted apart)*" if any(getattr(each, "fallback", False) for each in known) else ""
        names = dict.fromkeys(f"`{each.name.partition(':')[0]}`" for each in known)
        rows.append((", ".join(names), about + last_resort))
    return markdown(("format", "what it is"), rows)


def signatures() -> str:
    """Every signature of the table."""
    from logcorr.signatures.table import SIGNATURES

    return markdown(("signature", "role", "what it is"), [(f"`{each.name}`", each.role, each.title) for each in SIGNATURES])


def options() -> str:
    """The options of ``logcorr report``, from where ``--help`` has them."""
    from logcorr.cli import app

    (command,) = (each.callback for each in app.registered_commands if each.name == "report")
    return option_table(command)


def commands_told() -> str:
    """Every command and what it does."""
    from logcorr.cli import app

    told = [(f"`{usage(each.name, each.callback)}`", first_sentence(each.callback.__doc__)) for each in app.registered_commands]
    return markdown(("command", "what it does"), told)


def usage(name: str, command: Callable[..., None]) -> str:
    """How a command is called: ``logcorr explain [SIGNATURE] [EVIDENCE...]``."""
    words = ["logcorr", name]
    for kind, argument, parameter in parameters(command):
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
            word = argument.metavar + ("..." if "list" in str(kind) else "")
            words.append(word if parameter.default is inspect.Parameter.empty else f"[{word}]")
    return " ".join(words)


def parameters(command: Callable[..., None]) -> list[tuple[object, object, inspect.Parameter]]:
    """Type, declaration and parameter of each argument and option."""
    found = inspect.signature(command, eval_str=True).parameters.values()
    return [(*get_args(each.annotation), each) for each in found]


def option_table(command: Callable[..., None]) -> str:
    """The options of one command."""
    rows = []
    for kind, option, parameter in parameters(command):
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
            continue
        # the first name stands where a default would, since the default is that of the parameter
        given = [each for each in (option.default, *(option.param_decls or ())) if isinstance(each, str)]
        names = ", ".join(reversed(given or [f"--{parameter.name}"]))
        is_choice = inspect.isclass(kind) and issubclass(kind, StrEnum)
        value = "\\|".join(kind) if is_choice else option.metavar or ("" if kind is bool else parameter.name.upper())
        default = f" Without it: `{parameter.default}`." if is_choice or (kind is str and parameter.default) else ""
        text = option.help.replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")
        rows.append((f"`{names}{' ' if value else ''}{value}`", text + default))
    return markdown(("option", "meaning"), rows)


def first_sentence(text: str | None) -> str:
    """What a command does: the first paragraph of its help."""
    return " ".join(inspect.cleandoc(text or "").partition("\n\n")[0].split())


def modules_of(table: object) -> list[object]:
    """The modules of formats in the order of the table."""
    order = [id(each) for each in (*table.LINE_FORMATS, *table.DOCUMENT_FORMATS)]
    found = {}
    for module in vars(table).values():
        for each in getattr(module, "FORMATS", None) or [getattr(module, "FORMAT", None)]:
            if id(each) in order:
                found.setdefault(module.__name__, (order.index(id(each)), module))
    return [module for _, module in sorted(found.values(), key=lambda pair: pair[0])]


def first_line(text: str | None) -> str:
    """The first line of a docstring, without its full stop and without double backquotes."""
    return (text or "").strip().partition("\n")[0].rstrip(".:").replace("``", "`")


def markdown(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table."""
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


PARTS: Final[dict[str, Callable[[], str]]] = {
    "report": report,
    "formats": formats,
    "signatures": signatures,
    "commands": commands_told,
    "options": options,
}


def rewritten(text: str) -> str:
    """The page with its generated parts made anew."""
    return GENERATED.sub(lambda part: f"{part['head']}\n{PARTS[part['name']]()}\n{part['tail']}", text)


def blocks(language: str) -> list[str]:
    """The code blocks of the README in a language."""
    return [found["text"] for found in BLOCK.finditer(README.read_text("utf-8")) if found["language"] == language]


def commands() -> list[str]:
    """The lines of the README that are typed into a shell."""
    return [line for text in blocks("sh") for line in text.splitlines()]


def imported() -> set[str]:
    """The libraries that the package imports anywhere."""
    names: set[str] = set()
    for path in (ROOT / "logcorr").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names) - {"logcorr"}


@pytest.mark.parametrize("name", PARTS)
def test_generated_parts_are_up_to_date(name: str):
    (part,) = [found for found in GENERATED.finditer(README.read_text("utf-8")) if found["name"] == name]
    assert part["text"] == f"\n{PARTS[name]()}\n", "run: python tests/test_documentation.py --write"


def test_every_format_has_its_line():
    from logcorr.formats.table import DOCUMENT_FORMATS, LINE_FORMATS

    shown = formats()
    assert not [each.name for each in (*LINE_FORMATS, *DOCUMENT_FORMATS) if f"`{each.name.partition(':')[0]}`" not in shown]


def test_the_checks_begin_with_the_two_commands():
    first, second = commands()[:2]
    assert "report sample_logs/story" in first
    assert second.endswith("-m pytest")
    checks = [line.strip() for line in (ROOT / ".ci/run").read_text("utf-8").splitlines()]
    assert {first, second} <= set(checks)


def test_the_checks_run_the_second_tier():
    assert ".venv/bin/python -m pytest -n 0 -m real" in commands()
    assert ".venv/bin/python -m pytest -n 0 -m real\n" in (ROOT / ".ci/run").read_text("utf-8")


def test_python_on_the_page_runs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}
    for text in blocks("python"):
        exec(compile(text, str(README), "exec"), names)  # noqa: S102 (our own page)
    assert names["report"]


def test_every_library_is_explained():
    section = README.read_text("utf-8").partition("## What it depends on")[2].partition("\n## ")[0]
    explained = set(re.findall(r"^\| (\w+) \|", section, re.MULTILINE)) - {"library"}
    assert explained == imported()


def test_links_lead_somewhere():
    pages = [README, ROOT / "CHANGELOG.md"]
    links = [link for page in pages for link in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8"))]
    assert not [link for link in links if "://" not in link and not (ROOT / link).exists()]


def test_lines_are_short():
    kept = GENERATED.sub("", README.read_text("utf-8")) + (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert not [line for line in kept.splitlines() if len(line) > WIDEST]


def test_the_changelog_knows_this_version():
    from logcorr import __version__

    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python tests/test_documentation.py --write")
    sys.path.insert(0, str(ROOT))
    README.write_text(rewritten(README.read_text("utf-8")), "utf-8")
