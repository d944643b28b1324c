"""The signatures: one file each, and this table of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logcorr.signatures import (
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
    first_request_after_login_fails,
    green_deploy_while_failing,
    intermittent_failures,
    log_gap,
    missing_assets_after_deploy,
    old_workers_serving,
    reload_failed,
    restart_blip,
    scanner_noise,
    schema_mismatch,
    stale_socket,
    upstream_unreachable,
    zone_mismatch,
)

if TYPE_CHECKING:
    from logcorr.signatures.finding import Signature

SIGNATURES: Final[tuple[Signature, ...]] = (
    reload_failed.SIGNATURE,
    stale_socket.SIGNATURE,
    old_workers_serving.SIGNATURE,
    config_rejected.SIGNATURE,
    disk_full.SIGNATURE,
    certificate_problem.SIGNATURE,
    dependency_unreachable.SIGNATURE,
    schema_mismatch.SIGNATURE,
    missing_assets_after_deploy.SIGNATURE,
    upstream_unreachable.SIGNATURE,
    app_exception_spike.SIGNATURE,
    fast_5xx_without_app_error.SIGNATURE,
    green_deploy_while_failing.SIGNATURE,
    error_rate_shift_at_deploy.SIGNATURE,
    intermittent_failures.SIGNATURE,
    first_request_after_login_fails.SIGNATURE,
    restart_blip.SIGNATURE,
    complaints_match_failures.SIGNATURE,
    client_aborts.SIGNATURE,
    scanner_noise.SIGNATURE,
    clock_skew.SIGNATURE,
    zone_mismatch.SIGNATURE,
    log_gap.SIGNATURE,
)

BY_NAME: Final = {signature.name: signature for signature in SIGNATURES}
