"""Which unit a log's event speaks of, and which events are one record in several renderings."""

from __future__ import annotations

from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

#: sources that render the journal, or a program's own log: the same record can stand in several of them
RENDERINGS: Final = ("journal", "syslog", "php_fpm", "gunicorn", "nginx_error")

#: the unit of each process, as structured journals and ``systemctl status`` tell it
_UNITS_OF_PROCESSES: Final = """
select host_name, process_pid, min(unit) as unit from (
    select host_name, process_pid, unit from log where unit is not null and process_pid > 1 and service_name <> 'systemd'
    union all
    select host_name, process_pid, unit from states where unit is not null and process_pid > 1
) group by all having count(distinct unit) = 1
"""

#: a unit's description, as messages that name both and unit files tell it
_UNITS_OF_DESCRIPTIONS: Final = """
select unit_description, min(unit) as unit from log
where unit is not null and unit_description is not null and unit <> unit_description
group by all having count(distinct unit) = 1
"""

_WITH_UNITS: Final = f"""
with processes as ({_UNITS_OF_PROCESSES}), descriptions as ({_UNITS_OF_DESCRIPTIONS})
select log.event_id, coalesce(log.unit, descriptions.unit, log.unit_description, processes.unit) as unit
from log left join descriptions using (unit_description)
left join processes on log.process_pid = processes.process_pid and log.host_name is not distinct from processes.host_name
order by log.event_id
"""  # noqa: S608 (parts of this file)

#: one record: the same words of the same writer on the same host in the same second, the n-th of a file with the n-th of
#: another. A known message is the same record under any framing and any identifier. The most exact rendering leads.
_DUPLICATES: Final = """
with records as (
    select event_id, file, resolution_rank, timestamp_us // 1000000 as s,
        coalesce(message_id || chr(31) ||
                 case when message_id like 'systemd.%' then coalesce(unit, '') else '' end || chr(31) ||
                 coalesce(address, '') || chr(31) || coalesce(detail, '') || chr(31) || coalesce(subject_pid, ''),
                 coalesce(service_name, '') || chr(31) || body) as words,
        host_name
    from renderings
), numbered as (
    select *, row_number() over (partition by file, host_name, words, s order by event_id) as n from records
), ranked as (
    select event_id,
        first_value(event_id) over (partition by host_name, words, s, n order by resolution_rank, event_id) as leader,
        count(distinct file) over (partition by host_name, words, s, n) as files
    from numbered
)
select event_id, leader from ranked where leader <> event_id and files > 1
"""


def units(connection: duckdb.DuckDBPyConnection, log: pa.Table, states: pa.Table) -> pa.Array:
    """The unit of each event of the log: stated, or of its description, or of its process; null where nothing tells."""
    connection.register("log", log.select(["event_id", "host_name", "process_pid", "service_name", "unit", "unit_description"]))
    connection.register("states", states.select(["host_name", "process_pid", "unit"]))
    return connection.sql(_WITH_UNITS).to_arrow_table()["unit"].combine_chunks()


def duplicates(connection: duckdb.DuckDBPyConnection, log: pa.Table) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Events that another file holds too, and the event that stands for both."""
    rows = log.filter(pc.and_(pc.is_in(log["source"], pa.array(RENDERINGS)), pc.is_valid(log["timestamp_us"])))
    names = ["event_id", "file", "host_name", "timestamp_us", "message_id", "unit", "address", "detail", "subject_pid"]
    # of equally exact ones the one that shows its time and its message in one line
    several = pc.cast(pc.greater(rows["line_last"], rows["line"]), pa.float64())
    rank = pc.add(pc.cast(rows["timestamp_uncertainty_s"], pa.float64()), pc.multiply(several, 1e-7))
    rows = rows.select([*names, "service_name", "body"]).append_column("resolution_rank", rank)
    connection.register("renderings", rows)
    found = connection.sql(_DUPLICATES).to_arrow_table()
    return found["event_id"], found["leader"]
