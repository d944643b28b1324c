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
select host_name, process_pid, min(unit) as unit from told group by all having count(distinct unit) = 1
"""

#: the same where one of the two lines does not say its host
_UNITS_OF_ANY: Final = """
select process_pid, min(unit) as unit from told group by all having count(distinct unit) = 1
"""
_UNITS_OF_NOWHERE: Final = """
select process_pid, min(unit) as unit from told where host_name is null group by all having count(distinct unit) = 1
"""

_TOLD: Final = """
select host_name, process_pid, unit from log where unit is not null and process_pid > 1 and service_name <> 'systemd'
union all
select host_name, process_pid, unit from states where unit is not null and process_pid > 1
"""

#: a unit's description, as messages that name both and unit files tell it
_UNITS_OF_DESCRIPTIONS: Final = """
select unit_description, min(unit) as unit from log
where unit is not null and unit_description is not null and unit <> unit_description
group by all having count(distinct unit) = 1
"""

_WITH_UNITS: Final = f"""
with told as ({_TOLD}), processes as ({_UNITS_OF_PROCESSES}), anywhere as ({_UNITS_OF_ANY}), nowhere as ({_UNITS_OF_NOWHERE}),
     descriptions as ({_UNITS_OF_DESCRIPTIONS})
select log.event_id,
    coalesce(log.unit, descriptions.unit, log.unit_description, processes.unit, anywhere.unit, nowhere.unit) as unit
from log left join descriptions using (unit_description)
left join processes on log.process_pid = processes.process_pid and log.host_name = processes.host_name
left join anywhere on log.process_pid = anywhere.process_pid and log.host_name is null
left join nowhere on log.process_pid = nowhere.process_pid and log.host_name is not null
order by log.event_id
"""  # noqa: S608 (parts of this file)

#: one record: the same words of the same writer on the same host in the same second, the n-th of a file with the n-th of
#: another. A known message is the same record under any framing and any identifier. The most exact rendering leads. A row that does
#: not say its host is of the only one that says the same then.
_DUPLICATES: Final = """
with records as (
    select event_id, file, resolution_rank, timestamp_us // 1000000 as s,
        coalesce(message_id || chr(31) ||
                 case when message_id like 'systemd.%' then coalesce(unit, '') else '' end || chr(31) ||
                 coalesce(address, '') || chr(31) || coalesce(detail, '') || chr(31) || coalesce(subject_pid, ''),
                 coalesce(service_name, '') || chr(31) || body) as words,
        host_name
    from renderings left join bodies using (event_id)
), placed as (
    select * exclude (host_name), coalesce(
        host_name,
        case when min(host_name) over (partition by words, s) = max(host_name) over (partition by words, s)
             then min(host_name) over (partition by words, s) end
    ) as host_name
    from records
), numbered as (
    select *, row_number() over (partition by file, host_name, words, s order by event_id) as n from placed
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
    """Events that another file holds too, copies (``duplicate_of``) among them, and the event that stands for both.

    The engine has their words as ``bodies``.
    """
    names = ["event_id", "file", "host_name", "timestamp_us", "message_id", "unit", "address", "detail", "subject_pid"]
    others = ["source", "service_name", "line", "line_last", "timestamp_uncertainty_s", "duplicate_of"]
    rows = log.select([*names, *others]).filter(
        pc.and_(pc.is_in(log["source"], pa.array(RENDERINGS)), pc.is_valid(log["timestamp_us"]))
    )
    rows = rows.filter(pc.is_null(rows["duplicate_of"]))
    # of equally exact ones the one that shows its time and its message in one line
    several = pc.cast(pc.greater(rows["line_last"], rows["line"]), pa.float64())
    rank = pc.add(pc.cast(rows["timestamp_uncertainty_s"], pa.float64()), pc.multiply(several, 1e-7))
    rows = rows.select([*names, "service_name"]).append_column("resolution_rank", rank)
    connection.register("renderings", rows)
    found = connection.sql(_DUPLICATES).to_arrow_table()
    copies = log.select(["event_id", "duplicate_of"]).filter(pc.is_valid(log["duplicate_of"]))
    told = pa.concat_tables(
        [
            found.select(["event_id", "leader"]),
            copies.select(["event_id", "duplicate_of"]).rename_columns(["event_id", "leader"]),
        ]
    )
    return told["event_id"], told["leader"]
