"""The timeline: everything that the evidence says, in one order of time, with the line that says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol, TypeAlias

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.errors import EvidenceError, LogcorrError
from logcorr.families import FAMILIES, TIME, schema_of
from logcorr.storage.tables import StoredTable, held, show
from logcorr.timeline.bounds import EVERYTHING, Bounds
from logcorr.timeline.coverage import covered, flagged
from logcorr.timeline.order import IMPOSSIBLE
from logcorr.timeline.searching import read_lines

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from logcorr.reading import FileFacts
    from logcorr.timeline.clocks import Zone
    from logcorr.timeline.requests import Requests

    Moment: TypeAlias = str | pd.Timestamp

#: the common columns of ``events``, in order
COMMON: Final = (
    *(name for name in TIME if name != "timestamp_us"),
    *("source", "host_name", "service_name", "process_pid", "severity_number", "severity_text"),
    *("event_name", "message_id", "errno", "body", "exception_type", "exception_message", "exception_stacktrace"),
    *("trace_id", "request_id", "session_id", "user_id", "file", "line", "line_last", "duplicate_of", "attributes"),
)
_ERROR: Final = 17  # OpenTelemetry's severity number of ERROR


def own_frame(make: Callable[[Timeline], pd.DataFrame]) -> property:
    """A property whose frame is made when first asked for; each reader gets a copy of their own, at no cost until they write."""
    place = f"_{make.__name__}"

    def get(timeline: Timeline) -> pd.DataFrame:
        if place not in timeline.__dict__:
            timeline.__dict__[place] = make(timeline)
        return timeline.__dict__[place].copy(deep=False)

    return property(get, doc=make.__doc__)


class Views(Protocol):
    """Who draws timelines and shows them in a notebook."""

    def plot(self, timeline: Timeline, ax: Axes | None, zone: str, start: Moment | None, end: Moment | None) -> Axes: ...  # noqa: D102
    def html(self, timeline: Timeline) -> str: ...  # noqa: D102


class Timeline:
    """What was read, as families of facts.

    Frames are pandas frames, one row a fact, in order of time (UTC, ``datetime64[us, UTC]``), with ``file`` and ``line`` (from
    1). They are made when first asked for and are yours: changing one changes nothing here.
    """

    #: the room ``report`` puts itself here, since imports go one way
    views: ClassVar[Views | None] = None

    def __init__(  # noqa: PLR0913, PLR0917 (what it consists of)
        self,
        files: list[FileFacts],
        tables: Mapping[str, pa.Table | StoredTable],
        requests: Requests,
        quality: Mapping[str, pa.Table],
        zones: Mapping[tuple[str, str], Zone],
        host: str | None,
        connection: duckdb.DuckDBPyConnection,
        logs: Mapping[str, str],
        bounds: Bounds = EVERYTHING,
    ) -> None:
        self.files = files
        self.stored = requests
        self._tables = dict(tables)
        self.quality = dict(quality)
        self.zones = dict(zones)
        self.host = host
        self.connection = connection
        self.logs = dict(logs)
        self.bounds = bounds
        for name, table in {**self._tables, **self.quality}.items():
            show(connection, name, table)
        requests.show()
        #: each family as the engine that runs the needs has it; another may put its own here
        self.relations: dict[str, Any] = {name: connection.table(name) for name in (*FAMILIES, *self.quality)}
        #: how that engine keeps the rows of a selection; None: in a table of the embedded one
        self.keep: Callable[[Any], Any] | None = None

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {name}" for name, count in self.counts.items() if count and name in FAMILIES)
        return f"<Timeline of {len(self.files)} files: {counts or 'nothing'}>"

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many rows each family has."""
        own = {name: self.stored.num_rows if name == "requests" else self._tables[name].num_rows for name in FAMILIES}
        return {**own, **{name: table.num_rows for name, table in self.quality.items()}}

    @property
    def tables(self) -> dict[str, pa.Table]:
        """The families in memory, each with all its columns; rows of large files are read from where they were stored."""
        return {name: self.stored.table() if name == "requests" else held(self._tables[name]) for name in FAMILIES}

    @own_frame
    def events(self) -> pd.DataFrame:
        """Every record of every source, with the common columns."""
        return self._frame(pa.concat_tables(common(table) for table in self.tables.values()).unify_dictionaries())

    @own_frame
    def requests(self) -> pd.DataFrame:
        """One row a request as the server logged it; ``timestamp`` is its end, ``started_at`` its beginning."""
        table = self.stored.table()
        started = pc.cast(table["started_us"], pa.timestamp("us", "UTC"))
        return self._frame(table.append_column("started_at", started).drop_columns(["timestamp_us", "started_us"]))

    @own_frame
    def service_events(self) -> pd.DataFrame:
        """What service managers and services say of their life, each once."""
        return self._frame(held(self._tables["log"], pc.field("event_name").is_valid() & pc.field("duplicate_of").is_null()))

    @own_frame
    def errors(self) -> pd.DataFrame:
        """Events of severity ERROR and above, each once."""
        return self._frame(
            held(self._tables["log"], (pc.field("severity_number") >= _ERROR) & pc.field("duplicate_of").is_null())
        )

    @own_frame
    def deploys(self) -> pd.DataFrame:
        """Deploys, as they were announced: a started and a completed one are two rows; other changes are in ``changes``."""
        return self._frame(held(self._tables["deploys"], pc.field("change_kind") == "deploy"))

    @own_frame
    def changes(self) -> pd.DataFrame:
        """All changes that were announced: deploys, packages, rotations, other automation; ``change_kind`` tells them apart."""
        return self._frame(held(self._tables["deploys"]))

    @own_frame
    def states(self) -> pd.DataFrame:
        """What was observed at an instant: files, sockets, processes, units; at the time that the state itself tells."""
        return self._frame(held(self._tables["states"]))

    @own_frame
    def configuration(self) -> pd.DataFrame:
        """Settings: what points to what."""
        return self._frame(held(self._tables["configuration"]))

    @own_frame
    def complaints(self) -> pd.DataFrame:
        """What people said, when."""
        return self._frame(held(self._tables["complaints"]))

    @own_frame
    def unparsed(self) -> pd.DataFrame:
        """Lines that no format takes: file, line, text (at most 2,000 characters), reason."""
        import pandas as pd

        frames = [
            table.set_column(0, "file", pa.repeat(each.file.name, table.num_rows)).to_pandas()
            for each in self.files
            for table in each.unparsed
        ]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["file", "line", "text", "reason"])

    @own_frame
    def coverage(self) -> pd.DataFrame:
        """For each source and file, the stretch of time that it covers: source, file, host_name, start, end, events, log, gaps.

        ``log`` is the file's log, named as the newest of the files that rotation cut from it; ``gaps`` are stretches, each a pair of
        times, in which that log tells nothing while others go on.
        """
        return covered(self.connection, self.quality["gaps"], self.logs)

    @cached_property
    def hosts(self) -> list[str]:
        """The hosts that the evidence knows, in order."""
        query = "select distinct host_name from log union select distinct host_name from states"
        named = {host for (host,) in self.connection.execute(query).fetchall()}
        return sorted(host for host in named | self.stored.hosts() if host)

    @cached_property
    def flags(self) -> dict[str, dict[str, int]]:
        """For each file with stamps that are odd, how many of each kind (``timestamp_flag``)."""
        return flagged(self.connection)

    @property
    def mistimed(self) -> list[str]:
        """The families that hold rows whose stamps tell no time (``timestamp_flag``); signatures leave these rows out."""
        return ["requests", "log"] if any(set(kinds) & set(IMPOSSIBLE) for kinds in self.flags.values()) else []

    @property
    def cut_short(self) -> list[str]:
        """Logs of requests that could be read in part only."""
        return [each.file.name for each in self.files if each.problem and each.has_requests]

    def between(self, start: str | pd.Timestamp, end: str | pd.Timestamp) -> pd.DataFrame:
        """The events from ``start`` to ``end``, both included. A time without a zone is UTC."""
        stamps = self.events["timestamp"]
        return self.events[(stamps >= instant(start)) & (stamps <= instant(end))]

    def around(self, moment: str | pd.Timestamp, width: str = "5min") -> pd.DataFrame:
        """The events at most ``width`` before and after ``moment``."""
        import pandas as pd

        middle = instant(moment)
        return self.between(middle - pd.Timedelta(width), middle + pd.Timedelta(width))

    def sql(self, query: str) -> pd.DataFrame:
        """Ask a family (``requests``, ``log``, ``deploys``, ``states``, ``configuration``, ``complaints``) in DuckDB's SQL."""
        return self.connection.sql(query).to_arrow_table().to_pandas()

    def lines(self, file: str, first: int, last: int) -> list[str]:
        """The text of lines ``first`` to ``last`` (from 1) as it stands in a file of the evidence, without line ends."""
        found = next((each for each in self.files if each.file.name == file), None)
        if found is None:
            raise EvidenceError(f"no file of the evidence is called {file!r}")
        return read_lines(found, first, last)

    def context(self, row: Mapping[str, Any] | pd.Series, lines: int = 3) -> pd.DataFrame:
        """The lines of a row (of any frame with ``file`` and ``line``) and ``lines`` before and after it: line, text, own.

        ``own`` marks the row's lines among those around them.
        """
        import pandas as pd

        first = int(row["line"])
        last = row.get("line_last")
        last = first if last is None or last != last else int(last)  # noqa: PLR0124 (NaN)
        start = max(first - lines, 1)
        texts = self.lines(row["file"], start, last + lines)
        numbers = range(start, start + len(texts))
        return pd.DataFrame({"line": numbers, "text": texts, "own": [first <= at <= last for at in numbers]})

    def plot(
        self,
        ax: Axes | None = None,
        zone: str = "UTC",
        *,
        start: Moment | None = None,
        end: Moment | None = None,
    ) -> Axes:
        """Draw requests, failed ones, deploys, steps of services and complaints over one axis of time.

        Args:
            ax: where to draw; without it a new figure of ``pyplot``, which a notebook shows by itself.
            zone: of the times shown: ``"Europe/Berlin"``, ``"+02:00"``.
            start: leave out what happened earlier; a time without a zone is UTC.
            end: leave out what happened later.

        Raises:
            ZoneError: there is no such zone.
        """
        if self.views is None:
            raise LogcorrError("this timeline has nobody who draws it", hint="logcorr.read gives one that has")
        return self.views.plot(self, ax, zone, start, end)

    def _repr_html_(self) -> str | None:
        return None if self.views is None else self.views.html(self)

    def _frame(self, table: pa.Table) -> pd.DataFrame:
        # rows lie in the order of files and lines, which a stable sort keeps within one instant
        return table.to_pandas().sort_values("timestamp", kind="stable", ignore_index=True)


def instant(moment: str | pd.Timestamp) -> pd.Timestamp:
    """A time in UTC; one without a zone is taken to be UTC."""
    import pandas as pd

    stamp = pd.Timestamp(moment)
    return stamp.tz_localize("UTC") if stamp.tz is None else stamp.tz_convert("UTC")


def common(table: pa.Table) -> pa.Table:
    """The common columns of a family's rows; a request's body is its method, path and status."""
    columns = {}
    kinds = {name: field for family in FAMILIES for name, field in schema_of(family).items()}
    for name in COMMON:
        columns[name] = table[name] if name in table.column_names else pa.nulls(table.num_rows, kinds.get(name, pa.string()))
    if "http_request_method" in table.column_names and "http_response_body_size" in table.column_names:
        parts = [pc.cast(table[name], pa.string()) for name in ("http_request_method", "url_path", "http_response_status_code")]
        columns["body"] = pc.binary_join_element_wise(*parts, " ", null_handling="replace", null_replacement="-")
    return pa.table({name: pc.cast(columns[name], kinds.get(name, pa.string())) for name in COMMON})
