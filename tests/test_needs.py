"""Needs that are asked in a roundabout way, for the sake of speed, answer as the plain way does."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import logcorr
from logcorr.timeline.engine import Engine
from logcorr.timeline.selections import Families, failing, requests_once
from logcorr.timeline.session_needs import FAILED_NEXT_REQUESTS, NEXT_REQUESTS, OUTCOMES_BY_HOST, OUTCOMES_IN_TURN, STAGES
from logcorr.timeline.speed_needs import ABORTED_ROUTES, ROUTES, quantiles

PATHS = ("/", "/login", "/cart", "/static/app.js", "/a b", "/item/7")
ROUTE = ["http_request_method", "http_route"]


@pytest.fixture(params=range(2))
def requests(request, write):
    """The requests of a busy minute, many in one second, and the engine that looks at them."""
    chance = np.random.default_rng(request.param)
    lines = []
    for _ in range(400):
        second, method, path = chance.integers(60), chance.choice(("GET", "GET", "POST")), chance.choice(PATHS)
        status = chance.choice((200, 302, 404, 499, 500, 502), p=(0.68, 0.1, 0.06, 0.06, 0.06, 0.04))
        took = chance.choice((0.001, 0.002, 0.002, 0.125, 1.5))
        lines.append(
            f"10.0.0.{chance.integers(9)} - - [23/Nov/2026:09:50:{second:02} +0000] "
            f'"{method} {path.replace(" ", "%20")} HTTP/1.1" {status} 9 "-" "curl/8" {took:.3f}'
        )
    timeline = logcorr.read(write({"access.log": "\n".join(sorted(lines, key=lambda line: line.split(":")[3])) + "\n"}))
    rows = timeline.tables["requests"].to_pandas().sort_values(["timestamp_us", "request_key"], ignore_index=True)
    assert len(rows) == 400
    for name in ROUTE:
        rows[name] = rows[name].astype(str)
    return rows.assign(failed=rows["http_response_status_code"] >= 500), Engine(timeline)


def plain(answer, *by):
    """A need's frame as sorted rows."""
    return sorted(answer[[*by]].itertuples(index=False, name=None), key=str)


def test_outcomes_in_turn_are_counted_row_by_row(requests):
    rows, engine = requests
    expected = []
    for route, own in rows.groupby(ROUTE):
        bad = own[own["failed"]]
        if len(bad):
            while_failing = own[own["timestamp_us"].between(bad["timestamp_us"].min(), bad["timestamp_us"].max())]
            outcomes = while_failing["failed"].tolist()
            turns = sum(one != other for one, other in pairwise(outcomes))
            expected.append((*route, len(outcomes), sum(outcomes), turns))
    assert len(expected) > 3
    assert plain(engine.get(OUTCOMES_IN_TURN), *ROUTE, "requests", "failed", "turns") == sorted(expected, key=str)
    assert engine.get(OUTCOMES_BY_HOST).empty  # no line names its host


def steps(rows):
    """The requests of each client that met a failure, without parts of pages, with the name of each."""
    hit = rows[
        rows["client_address"].isin(rows.loc[rows["failed"], "client_address"]) & (rows["http_route"] != "/static/app.js")
    ]
    posted = (hit["http_request_method"] == "POST") & (hit["http_response_status_code"] < 400)
    return hit.assign(name=hit["http_request_method"] + " " + hit["http_route"], posted=posted)


def test_next_requests_are_those_after_a_post(requests):
    rows, engine = requests
    following, failed = {}, []
    for _, own in steps(rows).groupby("client_address", observed=True):
        before = None
        for _, row in own.iterrows():
            after = before["name"] if before is not None and before["posted"] and not row["name"].startswith("POST") else None
            counts = following.setdefault(after, [0, 0])
            counts[0] += 1
            counts[1] += row["failed"]
            if after and row["failed"]:
                failed.append((after, row["name"], row["request_key"], row["line"], before["line"]))
            before = row
    answer = engine.get(NEXT_REQUESTS).astype({"after": object})
    answer["after"] = answer["after"].where(answer["after"].notna(), None)
    assert len(following) > 3
    assert plain(answer, "after", "requests", "failed") == sorted(
        ((name, *counts) for name, counts in following.items()), key=str
    )
    named = plain(engine.get(FAILED_NEXT_REQUESTS), "after", "route", "request_key", "line", "before_line")
    assert named == sorted(failed, key=str)


def test_stages_begin_with_the_first_post_of_each_client(requests):
    rows, engine = requests
    counts = {}
    for client, own in steps(rows).groupby("client_address", observed=True):
        posts = own[own["posted"]].sort_values("request_key")
        for _, row in own[own["http_request_method"] != "POST"].iterrows() if len(posts) else ():
            found = counts.setdefault((posts["name"].iloc[0], row["name"]), [0, 0, set()])
            found[0] += 1
            found[1] += row["timestamp_us"] > posts["timestamp_us"].iloc[0]
            found[2].add(client)
    expected = [(*names, asked, after, len(clients)) for names, (asked, after, clients) in counts.items()]
    assert plain(engine.get(STAGES), "post", "route", "requests", "after", "clients") == sorted(expected, key=str)


def test_outcomes_of_routes_have_the_quantiles_of_their_rows(requests):
    rows, engine = requests
    answer = engine.get(ROUTES).set_index([*ROUTE, "failed"])
    hit = rows.merge(rows.loc[rows["failed"], ROUTE].drop_duplicates(), on=ROUTE)
    groups = hit.groupby([*ROUTE, "failed"])
    assert set(answer.index) == set(groups.groups)
    for key, own in groups:
        assert answer.loc[key, "requests"] == len(own)
        assert answer.loc[key, "duration_low_s"] == pytest.approx(np.quantile(own["duration_s"], 0.05), rel=1e-12)
        assert answer.loc[key, "duration_middle_s"] == np.quantile(own["duration_s"], 0.5)


def test_aborted_routes_are_compared_with_their_working_requests(requests):
    rows, engine = requests
    answer = engine.get(ABORTED_ROUTES).set_index(ROUTE)
    left = rows[rows["http_response_status_code"] == 499]
    assert len(answer) == len(left[ROUTE].drop_duplicates())
    for route, own in left.groupby(ROUTE):
        alike = rows[(rows[ROUTE] == list(route)).all(axis=1)]
        usual = alike.loc[alike["http_response_status_code"] < 400, "duration_s"]
        found = answer.loc[route]
        assert (found["aborted"], found["working"], found["timed"]) == (len(own), len(usual), len(own) if len(usual) else 0)
        assert found["clients"] == left["client_address"].nunique()
        assert found["line"] == own.loc[own["request_key"].idxmin(), "line"]
        assert found["waited_s"] == own["duration_s"].median()
        if len(usual):
            assert found["longer"] == (own["duration_s"] > usual.quantile(0.95)).sum()
            assert found["sooner"] == (own["duration_s"] < usual.quantile(0.5)).sum()


def test_quantiles_are_those_of_numpy():
    chance = np.random.default_rng(7)
    values, groups = np.round(chance.lognormal(-3, 2, 500), 3), chance.integers(0, 5, 500)
    counted = pd.DataFrame({"group": groups, "duration_s": values}).groupby(["group", "duration_s"]).size()
    counted = counted.rename("requests").reset_index().sample(frac=1, random_state=1)
    low, middle = quantiles(counted, counted["group"].to_numpy(), 6, (0.05, 0.5))
    for group in range(5):
        assert low[group] == pytest.approx(np.quantile(values[groups == group], 0.05), rel=1e-12)
        assert middle[group] == np.quantile(values[groups == group], 0.5)
    assert np.isnan([low[5], middle[5]]).all()  # nothing is known of none


def test_a_kept_selection_runs_once(requests):
    _, engine = requests
    runs = []
    families = Families({"requests": engine.families["requests"]}, lambda name, rows: runs.append(name) or rows)
    first, again = families.kept(failing), families.kept(failing)
    assert runs == ["failing"]
    assert first is again
    assert families.shared(requests_once) is families.shared(requests_once)
    assert runs == ["failing"]
