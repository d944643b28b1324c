"""What a failed request tells of how it failed: where it was sent, and who made the answer."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd


def kinds(failed: pd.DataFrame) -> pd.Series:
    """How each request failed, missing where nothing tells: see ``timeline/failed_kinds.py``."""
    return failed["kind"]


class FailedRows:
    """Failed requests that something is said of: when they were, and their keys."""

    rows: pd.DataFrame

    @property
    def start_us(self) -> int:
        """When the first of them began."""
        return int(self.rows["started_us"].min())

    @property
    def end_us(self) -> int:
        """When the last of them ended."""
        return int(self.rows["timestamp_us"].max())

    @property
    def keys(self) -> np.ndarray:
        """Their ``request_key``."""
        return self.rows["request_key"].to_numpy()


def upstream_of(failed: pd.DataFrame) -> pd.Series:
    """The upstream that was tried last: as the error line says, else as the access line does; missing where neither does."""
    return failed["upstream"]


def is_local(addresses: pd.Series) -> pd.Series:
    """Which addresses of upstreams are on the machine that names them."""
    near = [each for each in addresses.dropna().unique() if each.startswith(("unix:", "127.", "localhost", "[::1]"))]
    return addresses.isin(near).astype(bool)


def among(keys: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which keys are among others; by hashing, where NumPy's ``isin`` sorts both."""
    return pd.Index(keys).isin(others)


def is_unreachable(failed: pd.DataFrame) -> pd.Series:
    """Which requests failed because their upstream could not be connected to, by error line or by the upstream fields."""
    return kinds(failed).isin(["unreachable", "connect_timed_out"])


def is_refused(failed: pd.DataFrame) -> pd.Series:
    """Requests that the web server refused because it is told to (``limit_req``, ``limit_conn``): its answer, not its failure."""
    return kinds(failed) == "refused"


MADE_BY: Final = {
    "unreachable": "upstream_unreachable",
    "connect_timed_out": "upstream_unreachable",
    "queue_full": "upstream_queue_full",
    "timed_out": "upstream_gave_no_answer",
    "closed_early": "upstream_gave_no_answer",
    "bad_response": "upstream_gave_no_answer",
    "bad_certificate": "upstream_gave_no_answer",
    "answered": "app_without_logged_error",
    "no_files": "proxy_alone",
    "no_connections": "proxy_alone",
    "starved": "proxy_alone",
    "refused": "proxy_alone",
    "alone": "proxy_alone",
}


def made_by(failed: pd.DataFrame, logged_error: np.ndarray) -> pd.Series:
    """Who made each failing answer: one of the values of ``MADE_BY``, ``app_with_logged_error`` or ``unknown``.

    ``logged_error`` holds the ``request_key`` of requests with an application's error.
    """
    result = kinds(failed).map(MADE_BY).astype(object)
    result = result.where(result.notna(), "unknown")
    result[failed["request_key"].isin(logged_error)] = "app_with_logged_error"
    return result


#: bytes of nginx's own page without its version (``src/http/ngx_http_special_response.c``)
_OWN_PAGE: Final = {500: 170, 502: 150, 503: 190, 504: 160}
#: what it adds for browsers that would show a page of their own instead of a short one
_PADDING: Final = 402
#: letters of ``/1.2.3`` up to ``/1.18.0 (Ubuntu)`` with a long release
_VERSION: Final = range(5, 23)


def own_pages(failed: pd.DataFrame) -> pd.Series:
    """Which answers are as long as nginx's own page of their status would be, all with one version: a sign of who made them, no proof."""
    size = failed["http_response_body_size"].astype("Float64")
    rest = size - failed["http_response_status_code"].map(_OWN_PAGE).astype("Float64")
    rest = rest.where(rest < _PADDING, rest - _PADDING)
    likely = rest.where(rest.isin([0, *_VERSION]))
    if likely.isna().all():
        return pd.Series(data=False, index=failed.index)
    return likely.eq(likely.value_counts().sort_index().idxmax()).fillna(value=False).astype(bool)
