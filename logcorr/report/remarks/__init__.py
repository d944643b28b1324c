"""What is said of a finding beside its claim, in plain words: one file a signature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from logcorr.report.fields import Fields, word
from logcorr.report.remarks import (
    app_exception_spike,
    certificate_problem,
    client_aborts,
    clock_skew,
    complaints_match_failures,
    config_rejected,
    dependency_unreachable,
    disk_full,
    error_rate_shift_at_deploy,
    fast_5xx_without_app_error,
    file_descriptors_exhausted,
    first_request_after_login_fails,
    green_deploy_while_failing,
    intermittent_failures,
    log_gap,
    missing_assets_after_deploy,
    old_workers_serving,
    oom_kill,
    proxy_connections_exhausted,
    proxy_internal_error,
    rate_limited,
    reload_failed,
    restart_outage,
    scanner_noise,
    schema_mismatch,
    service_crash_loop,
    stale_socket,
    upstream_bad_response,
    upstream_closed_early,
    upstream_timeout,
    upstream_unreachable,
    worker_crash,
    worker_pool_exhausted,
    worker_timeout,
    zone_mismatch,
)
from logcorr.report.visible import visible

_REMARKS: Final = {
    "app_exception_spike": app_exception_spike.remarks,
    "certificate_problem": certificate_problem.remarks,
    "client_aborts": client_aborts.remarks,
    "clock_skew": clock_skew.remarks,
    "complaints_match_failures": complaints_match_failures.remarks,
    "config_rejected": config_rejected.remarks,
    "dependency_unreachable": dependency_unreachable.remarks,
    "disk_full": disk_full.remarks,
    "error_rate_shift_at_deploy": error_rate_shift_at_deploy.remarks,
    "fast_5xx_without_app_error": fast_5xx_without_app_error.remarks,
    "file_descriptors_exhausted": file_descriptors_exhausted.remarks,
    "first_request_after_login_fails": first_request_after_login_fails.remarks,
    "green_deploy_while_failing": green_deploy_while_failing.remarks,
    "intermittent_failures": intermittent_failures.remarks,
    "log_gap": log_gap.remarks,
    "missing_assets_after_deploy": missing_assets_after_deploy.remarks,
    "old_workers_serving": old_workers_serving.remarks,
    "oom_kill": oom_kill.remarks,
    "proxy_connections_exhausted": proxy_connections_exhausted.remarks,
    "proxy_internal_error": proxy_internal_error.remarks,
    "rate_limited": rate_limited.remarks,
    "reload_failed": reload_failed.remarks,
    "restart_outage": restart_outage.remarks,
    "scanner_noise": scanner_noise.remarks,
    "service_crash_loop": service_crash_loop.remarks,
    "schema_mismatch": schema_mismatch.remarks,
    "stale_socket": stale_socket.remarks,
    "upstream_bad_response": upstream_bad_response.remarks,
    "upstream_closed_early": upstream_closed_early.remarks,
    "upstream_timeout": upstream_timeout.remarks,
    "upstream_unreachable": upstream_unreachable.remarks,
    "worker_crash": worker_crash.remarks,
    "worker_pool_exhausted": worker_pool_exhausted.remarks,
    "worker_timeout": worker_timeout.remarks,
    "zone_mismatch": zone_mismatch.remarks,
}


def remarks(finding: Fields) -> list[str]:
    """What a person must know beside the claim: above all where somebody said that all was well."""
    facts = finding.get("facts")
    known = facts if isinstance(facts, Mapping) else {}
    told = _REMARKS.get(word(finding, "signature"))
    said = told(known) if told else []
    host = word(known, "host")
    # one that has counts of its host says so itself
    return [*said, f"It is on {visible(host)}."] if host and "hosts" not in known else said
