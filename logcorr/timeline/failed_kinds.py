"""How each failed request failed, and which upstream it was sent to: by its error line and its upstream fields, once for all who ask."""

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
    110: "no answer to the connection",
    111: "connection refused",
    112: "host down",
    113: "no route to host",
}
#: the queue of a listening socket is full: somebody listens, but does not come round to it
QUEUE_FULL: Final = 11


#: what each line of the proxy's error log says of the request that it is about
_SAID: Final = {
    "upstream.connect_failed": "unreachable",
    "upstream.no_live": "unreachable",
    "upstream.timed_out": "timed_out",
    "upstream.closed_early": "closed_early",
    "upstream.invalid_response": "bad_response",
    "upstream.tls_failed": "bad_response",
    "upstream.unresolved": "alone",
    "upstream.address_invalid": "alone",
    "upstream.request_invalid": "alone",
    "request.redirect_cycle": "alone",
    "request.auth_failed": "alone",
    "request.body_temp_failed": "alone",
    "request.limited": "refused",
    "proxy.files_exhausted": "no_files",
    "proxy.connections_exhausted": "no_connections",
}
#: kinds that a request has of the upstream that was tried last, and what nginx then writes as that upstream's status
_NO_ANSWER: Final = {
    "unreachable": 502,
    "queue_full": 502,
    "connect_timed_out": 504,
    "timed_out": 504,
    "closed_early": 502,
    "bad_response": 502,
    "bad_certificate": 502,
}
#: kinds of a connection that was not made
_NOT_CONNECTED: Final = ("unreachable", "queue_full", "connect_timed_out")


def kinds_of(failed: pd.DataFrame) -> pd.Series:
    """How each request failed, by its error line and by its upstream fields; missing where neither tells.

    ``unreachable``, ``queue_full`` (somebody listens and does not come round to it), ``connect_timed_out``: no connection.
    ``timed_out``, ``closed_early``, ``bad_response``, ``bad_certificate``: the upstream was reached and gave nothing that can be used.
    ``answered``: the answer is the upstream's. ``no_files``, ``no_connections``, ``starved`` (one of these two), ``refused``, ``alone``:
    the upstream has no part in it.

    The error line may be about a try that another one followed; what the access line says of the last one then counts.
    """
    said = of_line(failed)
    told = of_fields(failed)
    connected = failed["upstream_connected"].astype("boolean")
    status = failed["upstream_status_last"]
    of_upstream = said.isin(list(_NO_ANSWER))
    other = status.notna() & (said.map(_NO_ANSWER).astype("Int64") != status).fillna(value=False)
    other |= said.isin(_NOT_CONNECTED) & connected.fillna(value=False)
    other |= said.isin(["timed_out", "closed_early"]) & (~connected).fillna(value=False) & told.isin(_NOT_CONNECTED)
    earlier = of_upstream & (other | (told == "answered"))
    return told.where(earlier | said.isna(), said)


def of_line(failed: pd.DataFrame) -> pd.Series:
    """The kind that the error line tells."""
    name = failed["error_name"].astype("string")
    detail = failed["error_detail"].astype("string").fillna("")
    kind = name.map(_SAID).astype(object)
    errno = failed["error_errno"]
    kind[(kind == "unreachable") & (errno == QUEUE_FULL)] = "queue_full"
    kind[(name == "upstream.connect_failed").fillna(value=False) & ~errno.isin([*UNREACHABLE, QUEUE_FULL])] = None
    kind[(kind == "timed_out") & detail.str.contains("connecting", regex=False)] = "connect_timed_out"
    kind[(kind == "bad_response") & (name == "upstream.tls_failed").fillna(value=False) & is_certificate(detail)] = (
        "bad_certificate"
    )
    begun = kind.isin(["timed_out", "closed_early"]) & (detail == "reading upstream")  # its header had come
    kind[begun] = None
    file_failed = (name == "request.file_failed").fillna(value=False) & has_no_upstream(failed)
    kind[file_failed] = "alone"
    return kind.where(kind.notna(), None)


def is_certificate(detail: pd.Series) -> pd.Series:
    """Which words about a failed handshake are about a certificate."""
    return detail.str.contains("certificate|unknown ca", case=False, regex=True)


def of_fields(failed: pd.DataFrame) -> pd.Series:
    """The kind that the upstream fields of the access line tell (``src/http/ngx_http_upstream.c``).

    ``$upstream_connect_time`` of ``-`` beside nginx's own 502 or 504 says that no connection was made, ``$upstream_header_time`` of
    ``-`` beside a connection that no answer came. An address that is empty beside a status of ``-`` is a request for which nginx had
    nothing to connect with.
    """
    connected, answered = (failed[name].astype("boolean") for name in ("upstream_connected", "upstream_answered"))
    status = failed["upstream_status_last"]
    unmade, unanswered = (~connected).fillna(value=False), (~answered).fillna(value=False)
    starved = (failed["upstream_address"].astype("string") == "") & (failed["upstream_status"].astype("string") == "-")
    conditions = [
        answered.fillna(value=False).to_numpy(bool),
        starved.fillna(value=False).to_numpy(bool),
        has_no_upstream(failed).to_numpy(bool),
        (unmade & (status == 504)).to_numpy(bool),  # noqa: PLR2004 (nginx's own word for what took too long)
        (unmade & (status == 502)).to_numpy(bool),  # noqa: PLR2004 (and for all else)
        (unanswered & (status == 504)).to_numpy(bool),  # noqa: PLR2004
        (unanswered & (status == 502)).to_numpy(bool),  # noqa: PLR2004
    ]
    names = ["answered", "starved", "alone", "connect_timed_out", "unreachable", "timed_out", "closed_early"]
    told = np.select(conditions, names, "")
    return pd.Series(told, index=failed.index, dtype=object).where(told != "", None)


def has_no_upstream(failed: pd.DataFrame) -> pd.Series:
    """Which requests were passed on to nobody, as their access line says."""
    nobody = failed["upstream_address"].astype("string").isin(["-", ""])
    return nobody.fillna(value=False).astype(bool) & failed["upstream_status_last"].isna()


def last_of(addresses: pd.Series) -> pd.Series:
    """The last address of each ``$upstream_addr`` (several are tried in turn); missing where there is none."""
    last = {each: re.split(r", | : ", each)[-1] for each in addresses.dropna().unique()}
    named = {each: tried for each, tried in last.items() if tried not in {"-", ""}}
    return addresses.astype(object).map(named).astype("string")


def tried_last(failed: pd.DataFrame, kind: pd.Series) -> pd.Series:
    """The upstream that was tried last: as the error line says, else as the access line does; missing where neither does."""
    said = last_of(failed["upstream_address"])
    of_last = kind == of_line(failed)
    named = failed["error_upstream"].astype("string")
    # a line about a timeout has the path of the request behind that of a socket, without a mark between them
    pairs = zip(named.fillna(""), said.fillna("-"), strict=True)
    longer = np.array([one.startswith(f"{other}/") for one, other in pairs], dtype=bool)
    named = named.mask(longer, said)
    return named.where(of_last | said.isna(), said).fillna(said)


_DECISIVE: Final = (
    *("error_name", "error_detail", "error_errno", "error_upstream"),
    *("upstream_address", "upstream_status", "upstream_status_last", "upstream_connected", "upstream_answered"),
)


def with_kinds(failed: pd.DataFrame) -> pd.DataFrame:
    """The failed requests with ``kind`` and ``upstream``; each different case is looked at once."""
    case: np.ndarray = np.zeros(len(failed), np.int64)
    for name in _DECISIVE:
        codes, values = pd.factorize(failed[name])
        case = pd.factorize(case * (len(values) + 1) + codes + 1)[0]
    _, first = np.unique(case, return_index=True)
    each = failed.iloc[first]
    kind = kinds_of(each)
    upstream = tried_last(each, kind)
    return failed.assign(kind=kind.to_numpy()[case], upstream=pd.array(upstream, dtype="string").take(case))
