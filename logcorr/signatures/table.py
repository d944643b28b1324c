"""The signatures: one file each, and this table of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logcorr.signatures import (
    app_exception_spike,
    client_aborts,
    clock_skew,
    complaints_match_failures,
    config_rejected,
    error_rate_shift_at_deploy,
    fast_5xx_without_app_error,
    file_descriptors_exhausted,
    first_request_after_login_fails,
    green_deploy_while_failing,
    intermittent_failures,
    log_gap,
    old_workers_serving,
    oom_kill,
    proxy_connections_exhausted,
    proxy_internal_error,
    rate_limited,
    reload_failed,
    restart_blip,
    restart_outage,
    scanner_noise,
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

if TYPE_CHECKING:
    from logcorr.signatures.finding import Signature

SIGNATURES: Final[tuple[Signature, ...]] = (
    reload_failed.SIGNATURE,
    stale_socket.SIGNATURE,
    old_workers_serving.SIGNATURE,
    config_rejected.SIGNATURE,
    oom_kill.SIGNATURE,
    service_crash_loop.SIGNATURE,
    worker_crash.SIGNATURE,
    worker_timeout.SIGNATURE,
    restart_outage.SIGNATURE,
    file_descriptors_exhausted.SIGNATURE,
    proxy_connections_exhausted.SIGNATURE,
    worker_pool_exhausted.SIGNATURE,
    upstream_unreachable.SIGNATURE,
    proxy_internal_error.SIGNATURE,
    upstream_bad_response.SIGNATURE,
    upstream_timeout.SIGNATURE,
    upstream_closed_early.SIGNATURE,
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
    rate_limited.SIGNATURE,
    clock_skew.SIGNATURE,
    zone_mismatch.SIGNATURE,
    log_gap.SIGNATURE,
)

BY_NAME: Final = {signature.name: signature for signature in SIGNATURES}
