"""Which finding can be the cause of a group of failed requests, how it is judged as one, and what it can explain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from logcorr.diagnosis.case import Case
from logcorr.diagnosis.grades import Graded
from logcorr.diagnosis.request_faults import of_an_upstream, of_requests, of_the_application
from logcorr.diagnosis.service_faults import of_service
from logcorr.signatures.finding import Finding

#: finding -> how it is judged as a cause, the furthest upstream first
JUDGES: Final[Mapping[str, Callable[[Finding, Case], Graded | None]]] = {
    "config_rejected": of_service,
    "reload_failed": of_service,
    "stale_socket": of_service,
    "old_workers_serving": of_service,
    "disk_full": of_requests,
    "oom_kill": of_requests,
    "certificate_problem": of_requests,
    "dependency_unreachable": of_requests,
    "schema_mismatch": of_the_application,
    "service_crash_loop": of_requests,
    "worker_crash": of_requests,
    "worker_timeout": of_requests,
    "worker_pool_exhausted": of_requests,
    "restart_outage": of_requests,
    "file_descriptors_exhausted": of_requests,
    "missing_assets_after_deploy": of_requests,
    "app_exception_spike": of_the_application,
    "proxy_connections_exhausted": of_requests,
    "proxy_internal_error": of_requests,
    "upstream_bad_response": of_requests,
    "upstream_timeout": of_requests,
    "upstream_closed_early": of_an_upstream,
    "upstream_unreachable": of_an_upstream,
}

#: causes and steps by which requests get no usable answer from their upstream
UNANSWERED: Final = (
    *("oom_kill", "service_crash_loop", "worker_crash", "worker_timeout", "worker_pool_exhausted", "restart_outage"),
    *("upstream_bad_response", "upstream_timeout", "upstream_closed_early", "upstream_unreachable"),
)

#: what a change that went wrong shows as, and what people meet of it
_AFTER_A_CHANGE: Final = ("green_deploy_while_failing", "error_rate_shift_at_deploy")
_MET: Final = ("intermittent_failures", "first_request_after_login_fails", "complaints_match_failures")
_SEEN: Final = (*_AFTER_A_CHANGE, *_MET)
#: what a worker that ends, or has no time, does to those who wait for it
_LOST: Final = ("upstream_closed_early", "upstream_timeout", "upstream_unreachable", "fast_5xx_without_app_error")
#: errors of an application that runs with code that is no longer there, or no longer fits
_OLD_CODE: Final = ("schema_mismatch", "app_exception_spike")

#: which finding can explain which: cause (or mechanism) -> effects
EDGES: Final[Mapping[str, tuple[str, ...]]] = {
    "config_rejected": (
        *("reload_failed", "stale_socket", "old_workers_serving", "service_crash_loop", "worker_crash", "restart_outage"),
        *("upstream_unreachable", "upstream_closed_early", *_AFTER_A_CHANGE, "complaints_match_failures"),
    ),
    "reload_failed": (
        *("stale_socket", "old_workers_serving", "upstream_unreachable", "fast_5xx_without_app_error"),
        *(*_OLD_CODE, *_SEEN),
    ),
    "stale_socket": ("old_workers_serving", "upstream_unreachable", "fast_5xx_without_app_error", *_OLD_CODE, *_MET),
    "old_workers_serving": ("fast_5xx_without_app_error", *_OLD_CODE, *_MET),
    "disk_full": (
        *("config_rejected", "reload_failed", "service_crash_loop", "worker_crash", "dependency_unreachable"),
        *("app_exception_spike", "proxy_internal_error", *_LOST, *_MET),
    ),
    "oom_kill": (
        "service_crash_loop",
        "worker_crash",
        "worker_timeout",
        "restart_outage",
        "dependency_unreachable",
        *_LOST,
        *_SEEN,
    ),
    "service_crash_loop": ("worker_crash", "restart_outage", *_LOST, *_SEEN),
    "worker_crash": ("worker_pool_exhausted", *_LOST, *_SEEN),
    "worker_timeout": ("worker_crash", "worker_pool_exhausted", *_LOST, *_SEEN),
    "worker_pool_exhausted": ("proxy_connections_exhausted", *_LOST, *_SEEN),
    "restart_outage": (*_LOST, *_SEEN),
    "certificate_problem": ("upstream_bad_response", "dependency_unreachable", "app_exception_spike", *_LOST, *_SEEN),
    "dependency_unreachable": (
        *("service_crash_loop", "worker_timeout", "worker_pool_exhausted", "app_exception_spike", "upstream_timeout"),
        *_SEEN,
    ),
    "schema_mismatch": ("app_exception_spike", *_SEEN),
    "file_descriptors_exhausted": (*("proxy_internal_error", "dependency_unreachable", "app_exception_spike", *_LOST, *_SEEN),),
    "missing_assets_after_deploy": _SEEN,
    "app_exception_spike": _SEEN,
    "proxy_connections_exhausted": ("proxy_internal_error", "fast_5xx_without_app_error", *_SEEN),
    "proxy_internal_error": ("fast_5xx_without_app_error", *_SEEN),
    "upstream_bad_response": ("fast_5xx_without_app_error", *_SEEN),
    "upstream_timeout": ("proxy_connections_exhausted", *_SEEN),
    "upstream_closed_early": ("fast_5xx_without_app_error", *_SEEN),
    "upstream_unreachable": ("upstream_timeout", "proxy_internal_error", "fast_5xx_without_app_error", *_MET),
}
