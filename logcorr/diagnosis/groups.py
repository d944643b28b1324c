"""Failed requests put into groups of one explanation each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from logcorr.diagnosis.case import SECOND, Group
from logcorr.diagnosis.causes import EDGES, JUDGES, UNANSWERED
from logcorr.signatures.failures import among, upstream_of
from logcorr.timeline.selections import FAILED

if TYPE_CHECKING:
    import pandas as pd

    from logcorr.signatures.finding import Finding

#: failures so close to explained ones belong to the same incident: connections that break as a service goes down
ADJACENT_US: Final = 10 * SECOND


def groups(failed: pd.DataFrame, findings: Sequence[Finding]) -> list[Group]:
    """The failed requests by explanation; those beside a greater group that had the same upstream or none belong to it."""
    order = list(JUDGES)
    explaining = [each for each in findings if each.state == "fired" and each.signature in JUDGES and len(each.explains)]
    explaining.sort(key=lambda each: order.index(each.signature))
    owner = np.full(len(failed), -1)
    for finding in explaining:
        taken = (owner < 0) & failed["request_key"].isin(finding.explains).to_numpy()
        owner[taken] = order.index(finding.signature)
    spans = Spans(failed)
    parts = sorted((owner == at for at in np.unique(owner[owner >= 0])), key=lambda rows: -int(rows.sum()))
    merged: list[np.ndarray] = []
    for rows in parts:
        signature = order[owner[rows][0]]
        greater = next(
            (each for each in merged if one_story(signature, order[owner[each][0]]) and spans.beside(rows, each)), None
        )
        if greater is None:
            merged.append(rows.copy())
        else:
            np.logical_or(greater, rows, out=greater)
    loose = owner < 0
    for rows in merged:
        beside = loose & spans.near(rows)
        if beside.sum() <= rows.sum():
            np.logical_or(rows, beside, out=rows)
            loose &= ~beside
    found = []
    for rows in (*merged, loose):
        group = Group(failed[rows])
        told = tuple(each for each in explaining if among(each.explains, group.keys).any())
        found += [Group(group.failed, told)] if rows.any() else []
    return sorted(found, key=lambda group: (-len(group.failed), group.start_us))


def beyond(findings: Sequence[Finding], columns: pd.Index) -> list[Group]:
    """Requests that failed people without an answer of 5xx: a group for each finding that has such."""
    fired = (each for each in findings if each.state == "fired" and each.role == "cause")
    return [
        Group(each.beyond.reindex(columns=columns), (each,)) for each in fired if each.beyond is not None and len(each.beyond)
    ]


def is_beyond(group: Group) -> bool:
    """Whether its requests were answered with less than 500."""
    return bool((group.failed["http_response_status_code"] < FAILED).any())


def one_story(signature: str, other: str) -> bool:
    """Whether one can explain the other, or both say that an upstream gave no answer."""
    return signature in EDGES[other] or other in EDGES[signature] or {signature, other} <= set(UNANSWERED)


class Spans:
    """When and where failed requests were, to tell which lie beside others."""

    def __init__(self, failed: pd.DataFrame) -> None:
        self.starts, self.ends = failed["started_us"].to_numpy(), failed["timestamp_us"].to_numpy()
        self.upstreams = upstream_of(failed)

    def near(self, rows: np.ndarray) -> np.ndarray:
        """Which requests lie within the time of others, and a little beside it."""
        begin, end = self.ends[rows].min() - ADJACENT_US, self.ends[rows].max() + ADJACENT_US
        near: np.ndarray = (self.ends >= begin) & (self.starts <= end)
        return near

    def beside(self, rows: np.ndarray, others: np.ndarray) -> bool:
        """Whether all of some requests lie within the time of others and were not sent elsewhere."""
        sent, there = set(self.upstreams[rows].dropna()), set(self.upstreams[others].dropna())
        return bool(self.near(others)[rows].all()) and (not sent or not there or bool(sent & there))
