"""Tables and folders agree, names are well made, documentation is complete, imports go one way, and files stay short."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest
from conftest import ROOT

from logcorr.formats import table as formats_table
from logcorr.signatures.finding import Signature
from logcorr.signatures.table import BY_NAME, SIGNATURES

PACKAGE = ROOT / "logcorr"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 300

#: modules that may be longer, and why
LONG: dict[str, str] = {}

CATALOGUE = {
    "cause": """
        reload_failed stale_socket old_workers_serving config_rejected service_crash_loop worker_crash worker_timeout oom_kill
        worker_pool_exhausted upstream_unreachable upstream_timeout upstream_closed_early upstream_bad_response
        proxy_internal_error proxy_connections_exhausted app_exception_spike dependency_unreachable schema_mismatch disk_full
        file_descriptors_exhausted certificate_problem missing_assets_after_deploy restart_outage
    """,
    "symptom": """
        fast_5xx_without_app_error error_rate_shift_at_deploy intermittent_failures first_request_after_login_fails
        complaints_match_failures green_deploy_while_failing restart_blip
    """,
    "evidence_quality": "clock_skew zone_mismatch log_gap",
    "context": "rate_limited client_aborts scanner_noise",
}
ROLES = {name: role for role, names in CATALOGUE.items() for name in names.split()}

#: what is a cause in one incident is what another cause works through in the next
OTHERWISE = {"upstream_unreachable": "mechanism"}

#: each room may import from those before it
ROOMS = ("evidence", "formats", "timeline", "signatures", "diagnosis", "report")
#: what belongs to no room, and the first room that may import it
EVERYWHERE = {"errors", "families", "statistics", "messages", "timings"}
JOINTS = {"storage": "timeline", "reading": "timeline"}  # between formats and timeline
#: another way to read and to ask: no room knows it, and it knows these
ABOVE = {"spark": {"evidence", "reading", "timeline"}}
UNSPEAKING = {"utils", "util", "helpers", "helper", "common", "core", "base", "manager", "misc", "tools"}


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def modules_in(room: str) -> list[str]:
    return sorted(path.stem for path in (PACKAGE / room).glob("*.py") if path.stem != "__init__")


def test_every_format_is_in_the_table():
    declared = []
    for name in modules_in("formats"):
        module = importlib.import_module(f"logcorr.formats.{name}")
        declared += [*getattr(module, "FORMATS", ())] + ([module.FORMAT] if hasattr(module, "FORMAT") else [])
    listed = [*formats_table.LINE_FORMATS, *formats_table.DOCUMENT_FORMATS]
    assert sorted(each.name for each in listed) == sorted(each.name for each in declared)
    assert all(any(each is other for other in declared) for each in listed)


def test_every_signature_is_in_the_table():
    declared = {
        name: module.SIGNATURE
        for name in modules_in("signatures")
        if hasattr(module := importlib.import_module(f"logcorr.signatures.{name}"), "SIGNATURE")
    }
    assert sorted(declared) == sorted(BY_NAME)
    assert all(BY_NAME[name] is signature for name, signature in declared.items())
    assert len(BY_NAME) == len(SIGNATURES)


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda each: each.name)
def test_signature_is_of_the_catalogue(signature: Signature):
    assert signature.role in {ROLES[signature.name], OTHERWISE.get(signature.name)}
    assert signature.judge.__module__ == f"logcorr.signatures.{signature.name}"


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda each: each.name)
def test_signature_is_documented(signature: Signature):
    first, *_ = signature.documentation.split("\n")
    assert first.endswith(".")
    assert len(first) <= 120
    headings = re.findall(r"^(\w.*)\n    \S", signature.documentation, re.MULTILINE)
    assert headings == ["Looks for", "Matters because", "Can mislead when", "Evidence given"]


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda each: each.name)
def test_signature_asks_for_what_its_judgement_takes(signature: Signature):
    taken = {name for name, each in inspect.signature(signature.judge).parameters.items() if name != "limits"}
    assert taken == set(signature.needs) | set(signature.improves)
    assert signature.title
    assert signature.claim


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda each: each.name)
def test_signature_has_its_cases(signature: Signature):
    assert len(list((ROOT / "tests" / "cases" / signature.name).glob("*/case.toml"))) >= 3  # fires, stays silent, cannot tell


@pytest.mark.parametrize("name", modules_in("formats"))
def test_format_shows_real_lines_first(name):
    module = importlib.import_module(f"logcorr.formats.{name}")
    if hasattr(module, "FORMAT") or hasattr(module, "FORMATS"):
        assert "::\n\n    " in (module.__doc__ or "")


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    """The rooms and joints of the package that a module imports, for its types too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("logcorr."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.ImportFrom) and node.module == "logcorr":
            found |= {
                alias.name for alias in node.names if (PACKAGE / alias.name).exists() or (PACKAGE / f"{alias.name}.py").exists()
            }
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("logcorr.")}
    return found


@pytest.mark.parametrize("path", [path for path in MODULES if room_of(path) in ROOMS], ids=name_of)
def test_imports_go_one_way(path):
    room = room_of(path)
    allowed = {*ROOMS[: ROOMS.index(room) + 1], *EVERYWHERE}
    allowed |= {joint for joint, first in JOINTS.items() if ROOMS.index(room) >= ROOMS.index(first)}
    assert imports_of(path) - allowed == set()


@pytest.mark.parametrize("name", sorted(EVERYWHERE))
def test_what_is_everywhere_knows_no_room(name):
    own = [PACKAGE / f"{name}.py"] if (PACKAGE / f"{name}.py").exists() else sorted((PACKAGE / name).glob("*.py"))
    assert own
    for path in own:
        assert imports_of(path) - EVERYWHERE == set()


@pytest.mark.parametrize("name", sorted(ABOVE))
def test_what_is_above_knows_what_it_runs(name):
    own = sorted((PACKAGE / name).glob("*.py"))
    assert own
    for path in own:
        assert imports_of(path) - EVERYWHERE - {name} <= ABOVE[name]


def test_every_module_has_a_place():
    top = {room_of(path) for path in MODULES} - {"__init__", "__main__", "cli"}
    assert top - set(ROOMS) - EVERYWHERE - set(JOINTS) - set(ABOVE) == set()


def test_names_say_what_is_inside():
    assert [name_of(path) for path in MODULES if UNSPEAKING & {*path.relative_to(PACKAGE).parts[:-1], path.stem}] == []


def test_modules_stay_short():
    long = {name_of(path) for path in MODULES if len(path.read_text().splitlines()) > LONGEST}
    assert long == set(LONG)
    assert all(LONG.values())


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_says_what_it_is_and_annotates_its_functions(path):
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree)
    lacking = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            bare = [each.arg for each in arguments if each.annotation is None and each.arg not in {"self", "cls"}]
            if bare or node.returns is None:
                lacking.append((node.name, bare))
    assert lacking == []


def test_the_repository_speaks_of_itself_alone():
    """No path of a machine stands in a text of the package, its tests or its samples."""
    home = re.compile(r"/(?:home|Users|root|tmp)/[a-z0-9_.-]+")
    found = [
        (name, line)
        for folder in ("logcorr", "tests", "notebooks", ".ci")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in {".py", ".toml", ".md", ".ipynb", ""} and path.is_file() and "cases" not in path.parts
        for name, line in [(path.relative_to(ROOT).as_posix(), each) for each in path.read_text(errors="replace").splitlines()]
        if home.search(line)
    ]
    assert found == []
