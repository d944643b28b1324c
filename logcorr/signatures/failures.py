"""What a failed request tells of how it failed: where it was sent, and who made the answer."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import pandas as pd

#: connect() errors that mean that nobody listens there, or that it cannot be reached (Linux errno)
UNREACHABLE: Final = {
    2: "no such file",
    13: "permission denied",
    99: "address not available",
    101: "network unreachable",
    111: "connection refused",
    112: "host down",
    113: "no route to host",
}
#: the queue of a listening socket is full: somebody listens, but does not come round to it
QUEUE_FULL: Final = 11


def upstream_of(failed: pd.DataFrame) -> pd.Series:
    """The upstream that was tried last: as the error line says, else as the access line does; missing where neither does."""
    places, logged = pd.factorize(failed["upstream_address"].astype("string"))
    last = [re.split(r", | : ", each)[-1] for each in logged]  # of the few that there are, not of each request
    tried = pd.array([None if each in {"-", ""} else each for each in last], dtype="string")
    said = pd.Series(tried.take(places, allow_fill=True), index=failed.index)
    return failed["error_upstream"].astype("string").fillna(said)


def is_local(addresses: pd.Series) -> pd.Series:
    """Which addresses of upstreams are on the machine that names them."""
    near = [each for each in addresses.dropna().unique() if each.startswith(("unix:", "127.", "localhost", "[::1]"))]
    return addresses.isin(near).astype(bool)


def among(keys: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which keys are among others; by hashing, where NumPy's ``isin`` sorts both."""
    return pd.Index(keys).isin(others)


def is_unreachable(failed: pd.DataFrame) -> pd.Series:
    """Which requests failed because their upstream could not be connected to, by error line or by the upstream fields.

    The error line says why. Without one, ``$upstream_connect_time`` of ``-`` beside a status of nginx's own (502, 504) says that no
    connection was made.
    """
    name = failed["error_name"].astype("string")
    refused = (name == "upstream.connect_failed") & failed["error_errno"].isin(list(UNREACHABLE))
    timed_out = (name == "upstream.timed_out") & failed["error_detail"].astype("string").str.contains("connecting", regex=False)
    none_left = name == "upstream.no_live"
    connected = failed["upstream_connected"].astype("boolean")
    unsaid = name.isna() & (~connected).fillna(value=False) & failed["upstream_status_last"].isin([502, 504])
    return (refused | timed_out | none_left | unsaid).fillna(value=False).astype(bool)


def is_refused(failed: pd.DataFrame) -> pd.Series:
    """Requests that the web server refused because it is told to (``limit_req``, ``limit_conn``): its answer, not its failure."""
    return (failed["error_name"].astype("string") == "request.limited").fillna(value=False).astype(bool)


MADE_BY: Final = (
    "upstream_unreachable",
    "upstream_queue_full",
    "upstream_gave_no_answer",
    "app_with_logged_error",
    "app_without_logged_error",
    "proxy_alone",
    "unknown",
)


def made_by(failed: pd.DataFrame, logged_error: np.ndarray) -> pd.Series:
    """Who made each failing answer: one of ``MADE_BY``.

    ``logged_error`` holds the ``request_key`` of requests with an application's error. The rules are those of nginx
    (``src/http/ngx_http_upstream.c``): a header that came from the upstream makes the answer the application's; an upstream status
    of nginx's own without one makes it nginx's for want of the upstream; no upstream at all makes it nginx's alone.
    """
    name = failed["error_name"].astype("string")
    answered = failed["upstream_answered"].astype("boolean")
    status = failed["upstream_status_last"]
    by_app = answered.fillna(value=False) | failed["request_key"].isin(logged_error)
    told = name.isin(
        [
            "upstream.closed_early",
            "upstream.timed_out",
            "upstream.connect_failed",
            "upstream.invalid_response",
            "upstream.tls_failed",
        ]
    )
    unanswered = told.fillna(value=False) | (answered.eq(other=False).fillna(value=False) & status.isin([502, 504]))
    alone = (
        failed["upstream_address"].astype("string").isin(["-", ""])
        | name.str.startswith("proxy.")
        | name.str.startswith("request.")
    )
    result = pd.Series("unknown", index=failed.index, dtype=object)
    result[alone.fillna(value=False)] = "proxy_alone"
    result[unanswered] = "upstream_gave_no_answer"
    result[(name == "upstream.connect_failed").fillna(value=False) & (failed["error_errno"] == QUEUE_FULL)] = (
        "upstream_queue_full"
    )
    result[is_unreachable(failed)] = "upstream_unreachable"
    result[by_app & ~told.fillna(value=False)] = "app_without_logged_error"
    result[failed["request_key"].isin(logged_error)] = "app_with_logged_error"
    return result
