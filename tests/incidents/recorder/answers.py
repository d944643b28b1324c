"""The answers beside the evidence, from what the clients saw: `truth.json`, `expected.json`, the record, the complaints."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from datetime import datetime
from time import time
from zoneinfo import ZoneInfo

from tests.incidents.recorder.crowd import Seen
from tests.incidents.recorder.lab import Lab, iso

COMPLAIN = 0.07


def write(lab: Lab) -> None:
    """Write all four files."""
    scenario, seen = lab.scenario, sorted(lab.crowd.seen, key=lambda each: each.ended)
    failed = [each for each in seen if scenario.failed(each.status, each.path)]
    complaints(lab, failed)
    window = (lab.marks["fault_start"], lab.marks["recovery"]) if not scenario.healthy else None
    inside = [each for each in seen if failed and failed[0].ended <= each.ended <= failed[-1].ended] if window else []
    told = [each for each in inside if scenario.failed(each.status, each.path)]
    fraction = round(len(told) / len(inside), 4) if inside else 0.0
    truth = {
        "case": scenario.name,
        "title": scenario.title,
        "healthy": scenario.healthy,
        "mechanism": scenario.mechanism,
        "hostname": scenario.hostname,
        "host_timezone": scenario.zone,
        "deploys": [{"start": iso(start), "end": iso(end)} for start, end in lab.deploys],
        "fault_window": [iso(each) for each in window] if window else None,
        "requests_total": len(seen),
        "requests_failed": len(failed),
        "requests_in_window": len(inside),
        "failed_in_window": len(told),
        "failed_fraction_in_window": fraction,
        "failed_by_status": counted(failed),
        "status_counts_all": counted(seen),
        "no_answer": dict(sorted(Counter(each.error for each in seen if not each.status).items())),
        "clients_failed": len({each.address for each in failed}),
        "users_failed": len({each.user for each in failed if each.user}),
        "routes_failed": dict(Counter(f"{each.method} {each.path}" for each in failed).most_common(8)),
        "first_failed": iso(failed[0].started) if failed else None,
        "last_failed": iso(failed[-1].ended) if failed else None,
        "evidence_regex": [{"regex": pattern, "why": why} for pattern, why in scenario.cite.items()],
        "wrong_conclusions": list(scenario.wrong_conclusions),
        "remedy": scenario.remedy,
        "notes": scenario.notes,
        "marks": {name: iso(moment) for name, moment in lab.marks.items()},
    }
    right = {*scenario.causes, *scenario.tolerated}
    expected: dict[str, object] = {
        "verdict": "healthy" if scenario.healthy else "incident",
        "causes": list(scenario.causes),
        "forbidden": sorted({*CATALOGUE} - right),
    }
    if fraction and scenario.share:
        expected["share"] = [round(fraction * 0.8, 4), round(fraction * 1.25, 4)]
    if scenario.cite:
        expected["cite"] = list(scenario.cite)
    for name, content in (("truth.json", truth), ("expected.json", expected)):
        (lab.evidence / name).write_text(json.dumps(content, indent=1) + "\n")
    (lab.evidence / "client_record.csv.gz").write_bytes(gzip.compress(record(seen).encode(), mtime=0))


def counted(seen: list[Seen]) -> dict[str, int]:
    """How often each status was seen; 0 is no answer."""
    return {str(status): count for status, count in sorted(Counter(each.status for each in seen).items())}


def record(seen: list[Seen]) -> str:
    """What the clients saw, one request a row, times in seconds since the first."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["started", "ended", "kind", "user", "address", "method", "path", "status", "error"])
    for each in seen:
        times = (f"{each.started:.3f}", f"{each.ended:.3f}")
        rows.writerow([*times, each.kind, each.user, each.address, each.method, each.path, each.status, each.error])
    return out.getvalue()


def complaints(lab: Lab, failed: list[Seen]) -> None:
    """Some of those who met a failure write, a while later; nobody else does, but for a remark without meaning."""
    random, zone = lab.random, ZoneInfo(lab.scenario.zone)
    texts = lab.scenario.complaints
    told, rows = set(), []
    for each in failed:
        if not each.user or each.user in told or random.random() > COMPLAIN or not texts:
            continue
        told.add(each.user)
        rows.append((each.ended + random.uniform(8, 45), each.user, random.choice(texts).format(path=each.path)))
    hit = {each.user for each in failed}
    calm = [each for each in lab.crowd.seen if each.user and each.user not in hit]
    rows.append((time() - random.uniform(30, 60), random.choice(calm).user, "search felt a bit slow today"))
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["time", "user", "text"])
    for moment, user, text in sorted(rows):
        table.writerow([datetime.fromtimestamp(moment, zone).strftime("%Y-%m-%d %H:%M"), user, text])
    (lab.evidence / "complaints.csv").write_text(out.getvalue())


#: the causes of the catalogue, whether the program can tell them already or not
CATALOGUE = """
app_exception_spike certificate_problem config_rejected dependency_unreachable disk_full file_descriptors_exhausted
missing_assets_after_deploy old_workers_serving oom_kill proxy_connections_exhausted proxy_internal_error reload_failed
restart_outage schema_mismatch service_crash_loop stale_socket upstream_bad_response upstream_closed_early upstream_timeout
upstream_unreachable worker_crash worker_pool_exhausted worker_timeout
""".split()
