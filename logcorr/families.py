"""The families of facts and their columns: the vocabulary that all rooms share.

Names are OpenTelemetry's attribute names with ``_`` for ``.``. Units stand in the name (``_s`` seconds, ``_us``
microseconds). What formats write and what the timeline holds differ in the time only: a format gives the clock as it is
written (``CLOCK``), the timeline puts it on the reference clock (``TIME``).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

TEXT: Final = pa.string()
CATEGORY: Final = pa.dictionary(pa.int32(), pa.string())

CLOCK: Final = {
    "naive_us": pa.int64(),  # the clock as written, in microseconds since 1970, read as if it were UTC; null: no time
    "offset_s": pa.int32(),  # offset from UTC in seconds where the line states it, else null
    "resolution_s": pa.float32(),  # width of the interval that a stamp stands for
    "yearless": pa.bool_(),  # the line names no year: naive_us lies in 1972, a leap year
    "zone_name": pa.string(),  # the zone as the line names it ("CET", "Europe/Berlin"), where it states no offset
}

TIME: Final = {
    "timestamp": pa.timestamp("us", "UTC"),
    "timestamp_us": pa.int64(),  # the same instant as a number: an order of magnitude cheaper to compute with
    # in_line, zone_given, zone_inferred, zone_assumed, year_inferred, year_assumed, day_inferred, file_time
    "timestamp_basis": CATEGORY,
    "timestamp_uncertainty_s": pa.float32(),  # half-width of the interval that it surely lies in
    "timestamp_skew_s": pa.float32(),  # what was taken off, as the clock that wrote it was ahead; null: nothing
    "timestamp_flag": CATEGORY,  # before_1970, far_ahead, out_of_order, falls_back; null: nothing is odd
}

WHERE: Final = {
    "source": CATEGORY,
    "file": CATEGORY,
    "line": pa.int64(),  # from 1
    "line_last": pa.int64(),
}

WHO: Final = {
    "host_name": TEXT,
    "service_name": TEXT,
    "process_pid": pa.int64(),
}

IDENTIFIERS: Final = {
    "trace_id": TEXT,
    "request_id": TEXT,
    "session_id": TEXT,
    "user_id": TEXT,
}

HTTP: Final = {
    "http_request_method": TEXT,
    "url_path": TEXT,
    "url_query": TEXT,
    "client_address": TEXT,
    "server_address": TEXT,
    "connection": pa.int64(),
    "upstream_address": TEXT,
}

#: what a known message captures; also the columns that describe a step in the life of a service
CAPTURES: Final = {
    "unit": TEXT,
    "unit_description": TEXT,
    "result": TEXT,
    "exit_code": TEXT,
    "signal": TEXT,
    "address": TEXT,
    "config_file": TEXT,
    "config_line": TEXT,
    "subject_pid": TEXT,
    "detail": TEXT,
}

SERVICE: Final = {
    "unit": TEXT,  # php8.2-fpm.service
    "job_type": TEXT,
    "job_id": TEXT,
    "job_result": TEXT,
    "invocation_id": TEXT,
    "boot_id": TEXT,
    "journal_message_id": TEXT,
}

#: every record of every log but access logs; ``service_events`` and ``errors`` are selections of it
LOG: Final = {
    **WHERE,
    **WHO,
    "severity_number": pa.int8(),  # OpenTelemetry: 1-4 trace, 5-8 debug, 9-12 info, 13-16 warn, 17-20 error, 21-24 fatal
    "severity_text": TEXT,
    "logger": TEXT,
    "body": TEXT,
    "exception_type": TEXT,
    "exception_message": TEXT,
    "exception_stacktrace": TEXT,
    "errno": pa.int32(),
    **IDENTIFIERS,
    **HTTP,
    "http_response_status_code": pa.int32(),
    "service_version": TEXT,
    **SERVICE,
    "attributes": TEXT,  # whatever else the line carried, as a JSON object
}

#: what known messages add to a log's event
KNOWN: Final = {"message_id": CATEGORY, "event_name": CATEGORY, **CAPTURES}

REQUESTS: Final = {
    **WHERE,
    "host_name": TEXT,
    **HTTP,
    "http_request_method": CATEGORY,
    "client_address": CATEGORY,
    "server_address": CATEGORY,
    "upstream_address": CATEGORY,
    "http_response_status_code": pa.int32(),
    "http_request_size": pa.int64(),  # the whole request with its head, bytes
    "http_response_body_size": pa.int64(),
    "user_agent_original": CATEGORY,
    "http_request_referer": CATEGORY,
    "duration_s": pa.float64(),
    "upstream_status": CATEGORY,
    "upstream_response_time": CATEGORY,
    "upstream_connect_time": CATEGORY,
    "upstream_header_time": CATEGORY,
    **IDENTIFIERS,
}

DEPLOYS: Final = {
    **WHERE,
    "host_name": TEXT,
    "service_name": TEXT,
    "deployment_status": TEXT,  # started, completed, failed
    "change_kind": TEXT,  # deploy (also where a format says nothing), package, rotation, automation, source
    "duration_s": pa.float64(),  # of a completed one: it began so long before its stamp
    "service_version": TEXT,
    "vcs_ref_head_revision": TEXT,
    "exit_code": TEXT,  # what the deploy says of its steps, as written: "rc_app=0 rc_nginx=0"
}

STATES: Final = {
    **WHERE,
    "host_name": TEXT,
    "subject": TEXT,  # a path, a pid, a unit
    "subject_kind": CATEGORY,  # file, socket, process, unit, listener, config_test, clock
    "file_type": TEXT,  # of a file: socket, regular, directory, symlink
    "link_target": TEXT,
    "file_owner": TEXT,
    "file_mode": TEXT,
    "file_size": pa.int64(),  # in bytes, where it is written so
    "inode": pa.int64(),
    "listening": pa.bool_(),
    "process_pid": pa.int64(),
    "process_command_line": TEXT,
    "unit": TEXT,
    "active_state": TEXT,
    "status": TEXT,
    "body": TEXT,
}

CONFIGURATION: Final = {
    **WHERE,
    "host_name": TEXT,
    "program": CATEGORY,  # nginx, systemd, php-fpm
    "subject": TEXT,  # upstream name, unit, pool
    "key": TEXT,
    "value": TEXT,
}

COMPLAINTS: Final = {
    **WHERE,
    "user_id": TEXT,
    "client_address": TEXT,
    "body": TEXT,
    "day_said": TEXT,  # of a time without its date: "", "yesterday", "monday", "--11-23", "2026-11-12|2026-12-11"; null: dated
    "clock_s": pa.float64(),  # of such a time: seconds since midnight
    "early_s": pa.float64(),  # it may have been this much before the stamp
    "late_s": pa.float64(),  # and this much after it
}

FAMILIES: Final = {
    "log": LOG,
    "requests": REQUESTS,
    "deploys": DEPLOYS,
    "states": STATES,
    "configuration": CONFIGURATION,
    "complaints": COMPLAINTS,
}

#: what the timeline adds to a family: the reference clock, and the keys by which rows belong together
KEYS: Final = {
    "log": {**KNOWN, "event_id": pa.int64(), "duplicate_of": pa.int64(), "request_key": pa.int64()},
    "requests": {
        "request_key": pa.int64(),
        "duplicate_of": pa.int64(),
        "http_route": TEXT,  # the path with its numbers and identifiers left out: /product/{}
        "started_us": pa.int64(),  # timestamp_us less the duration: an access log is stamped at the END of a request
        "upstream_status_last": pa.int32(),
        "upstream_connected": pa.bool_(),  # null: the log does not say
        "upstream_answered": pa.bool_(),
        "upstream_response_time_s": pa.float64(),
        "error_event_id": pa.int64(),  # the proxy's error line of this request
    },
    "deploys": {"started_us": pa.int64()},
    "complaints": {"reported_from_us": pa.int64(), "reported_to_us": pa.int64()},  # the interval that the stamp stands for
}


def schema_of(family: str) -> dict[str, pa.DataType]:
    """Names and types of a family's columns in the timeline, in order."""
    return {**TIME, **FAMILIES[family], **KEYS.get(family, {})}
