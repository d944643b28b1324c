"""Every time put on one reference clock, UTC, with how it is known and how exact it is.

``years``, ``zones``, ``summer_time`` and ``skew`` are the four questions, in this order; ``shared_records`` is what answers two of them;
``setting`` puts the answers to the rows.
"""

from logcorr.timeline.clocks.anchor import Anchor
from logcorr.timeline.clocks.comparisons import comparisons
from logcorr.timeline.clocks.given import Given, given_zone, is_zone, parse_zones
from logcorr.timeline.clocks.part import Part, Zone, column
from logcorr.timeline.clocks.setting import set_clocks, timestamps
from logcorr.timeline.clocks.summer_time import offset_at
from logcorr.timeline.clocks.zones import server_offset, server_offsets

__all__ = [
    "Anchor",
    "Given",
    "Part",
    "Zone",
    "column",
    "comparisons",
    "given_zone",
    "is_zone",
    "offset_at",
    "parse_zones",
    "server_offset",
    "server_offsets",
    "set_clocks",
    "timestamps",
]
