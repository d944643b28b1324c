"""Any bytes: nothing raises, and every line is accounted for, wherever blocks end."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logcorr.evidence import blocks_of
from logcorr.evidence.files import in_memory
from logcorr.formats.table import DOCUMENT_FORMATS, LINE_FORMATS
from logcorr.reading import FileFacts, files, read_files

#: whole events of every format, lines that they refuse, and lines that continue others
KNOWN = [sample.text for each in (*LINE_FORMATS, *DOCUMENT_FORMATS) for sample in each.samples]
TAILS = [
    "Traceback (most recent call last):",
    '  File "/srv/app.py", line 7, in save',
    "KeyError: 'rate'",
    "    at pay (/srv/pay.js:7:3)",
    "",
]

#: a log of one format, with other lines among its own
one_log = st.sampled_from(LINE_FORMATS).flatmap(
    lambda each: st.lists(st.sampled_from([*(sample.text for sample in each.samples), *TAILS]), min_size=1, max_size=30)
)
mixture = st.lists(st.sampled_from([*KNOWN, *TAILS]), min_size=1, max_size=20)
ends = st.sampled_from([b"\n", b"\r\n"])
texts = st.one_of(
    st.binary(max_size=400),
    st.tuples(one_log, ends).map(lambda made: made[1].join(line.encode(errors="replace") for line in made[0])),
    st.tuples(mixture, ends).map(lambda made: made[1].join(line.encode(errors="replace") for line in made[0])),
    st.tuples(one_log, st.binary(max_size=60), st.integers(0, 2000)).map(
        lambda made: insert("\n".join(made[0]).encode(errors="replace"), made[1], made[2])
    ),
)

unhurried = partial(settings, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def insert(text: bytes, piece: bytes, at: int) -> bytes:
    return text[:at] + piece + text[at:]


def facts_of(content: bytes) -> FileFacts:
    (facts,) = read_files([in_memory("log", content)])
    return facts


@given(content=texts, size=st.integers(1, 700))
@unhurried(max_examples=30)
def test_every_line_is_accounted_for(content, size):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "blocks_of", lambda stream, separator=b"\n", start=0: blocks_of(stream, separator, size, start))
        facts = facts_of(content)
    if facts.file.problem:
        return
    assert facts.events + facts.continuation + facts.blank + facts.refused == facts.lines
    lines = sum(block.num_rows for blocks in facts.tables.values() for block in blocks)
    assert lines >= facts.events
