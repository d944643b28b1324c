"""The keys that logging libraries give to what a record says, in JSON and in logfmt.

A dot is a step into an object, or part of the key itself. Of several keys the surest is first.

Sources: pino, bunyan, winston; structlog, python-json-logger; zap, zerolog, slog, logrus; Monolog ``JsonFormatter``; Serilog's compact
format (https://clef-json.org) and ``JsonFormatter``, .NET ``JsonConsoleFormatter``; log4j2 ``JsonLayout``, logstash-logback-encoder;
Elastic's ECS; GELF 1.1; OpenTelemetry's log data model; MongoDB's and PostgreSQL's JSON logs; tracing-subscriber; Google Cloud's
structured logging.
"""

from __future__ import annotations

from typing import Final

from logcorr.formats.request_words import IDENTIFIERS

#: records of OpenTelemetry's file exporter: where the first of a line stands
EXPORTED: Final = "resourceLogs[0].scopeLogs[0].logRecords[0]"

KEYS: Final = {
    "time": (
        *(
            "time",
            "ts",
            "timestamp",
            "@timestamp",
            "@t",
            "asctime",
            "datetime",
            "Timestamp",
            "eventTime",
            "dt",
            "date",
            "t.$date",
        ),
        *("timeMillis", "timestamp_ns", "timeUnixNano", "time_unix_nano", "observedTimeUnixNano", "timestampSeconds"),
        *(
            "instant.epochSecond",
            "timestamp.seconds",
            f"{EXPORTED}.timeUnixNano",
            "eventTimestamp",
            "log_time",
            "created_at",
            "syslog_timestamp",
        ),
    ),
    "nanos": ("instant.nanoOfSecond", "timestamp.nanos", "timestampNanos"),
    "level": (
        *("level_name", "levelname", "level", "severity", "@l", "lvl", "log.level", "severityText", "severity_text"),
        *("SeverityText", f"{EXPORTED}.severityText"),
        *("error_severity", "LogLevel", "logLevel", "Level", "levelName", "log_level", "loglevel", "Severity", "fields.level"),
        *("@fields.lvl", "s"),
    ),
    "number": ("severityNumber", "severity_number", "SeverityNumber", f"{EXPORTED}.severityNumber"),
    "text": (
        *("msg", "message", "event", "@m", "short_message", "fields.message", "body.stringValue", "body.string_value", "body"),
        *("Body", "RenderedMessage", "@mt", "Message", "MessageTemplate", "textPayload", "log_message", "@fields.msg", "text"),
        f"{EXPORTED}.body.stringValue",
    ),
    **IDENTIFIERS,
    "trace_id": (*IDENTIFIERS["trace_id"], "TraceId", "dd.trace_id", "fields.trace_id", f"{EXPORTED}.traceId"),
    "method": (
        *(
            "http.request.method",
            "method",
            "req.method",
            "request.method",
            "http.method",
            "http_method",
            "request_method",
            "RequestMethod",
        ),
        "httpRequest.requestMethod",
    ),
    "target": (
        *(
            "url.path",
            "url.original",
            "path",
            "url",
            "req.url",
            "request_path",
            "request.path",
            "request.url",
            "request.uri",
            "http.target",
            "http.url",
            "uri",
        ),
        *("RequestPath", "httpRequest.requestUrl"),
    ),
    "query": ("query_string", "url_query", "url.query"),
    "status": (
        *("status", "statusCode", "status_code", "res.statusCode", "response.status", "http.status_code", "StatusCode"),
        *("http.response.status_code", "httpRequest.status"),
    ),
    "client": (
        *("client_address", "client_ip", "clientIp", "remote_addr", "remote_ip", "remoteAddress", "req.remoteAddress"),
        *("request.client_ip", "request.remote_ip", "client.ip", "client.address", "httpRequest.remoteIp", "ip"),
    ),
    "pid": ("pid", "process_pid", "process.pid", "process"),
    "host_name": ("hostname", "host_name", "host.name", "host.hostname", "host"),
    "service_name": ("service", "service_name", "service.name"),
    "logger": (
        *(
            "logger",
            "logger_name",
            "loggerName",
            "name",
            "channel",
            "SourceContext",
            "log.logger",
            "Category",
            "scope_name",
            "target",
        ),
        *("Properties.SourceContext", "c"),
    ),
    "service_version": ("release", "version", "app_version", "service.version"),
    "type": (
        *("err.type", "error.type", "exception.type", "exc_type", "exception.class", "err.name", "error.name", "thrown.name"),
        *("context.exception.class", "exception.exception_class", "error.class"),
    ),
    "message": (
        *(
            "err.message",
            "error.message",
            "exception.message",
            "exc_value",
            "err.msg",
            "thrown.message",
            "context.exception.message",
        ),
        *("exception.exception_message",),
    ),
    "stack": (
        *("err.stack", "error.stack", "error.stack_trace", "@x", "stack", "stacktrace", "stack_trace", "exc_info", "exc_text"),
        *("exception", "exception.stacktrace", "thrown.extendedStackTrace", "Exception", "full_message", "errorVerbose"),
    ),
    # what tells other files' objects from an application's
    "event": ("event", "type"),
    "request": ("request", "request_uri"),
    "bytes": ("body_bytes_sent", "bytes"),
    "peer": ("remote_addr", "client"),
    "journal": ("__REALTIME_TIMESTAMP",),
    "envelope": ("stream",),
}

#: what the exporter says of the program: an attribute of the resource
RESOURCE: Final = r'"key"\s*:\s*"%s"\s*,\s*"value"\s*:\s*\{\s*"stringValue"\s*:\s*"(?P<value>[^"\\]{1,200})"'

#: names of events that tell of a deploy: deployment.completed, deploy_failed, com.example.deployment.started
DEPLOY_EVENT: Final = r"(?i)^(?:[\w-]+[.:/])*deploy(?:s|ment|ments|ed)?(?:[._:/-][\w.:-]*)?$"

#: where no key of a time is there: a key that is called like one, and a value that is a date and time, or a number since 1970
TIME_LIKE: Final = (
    r'"[^"\\]{0,40}(?i:time|date|stamp|_at|_ts)[^"\\]{0,40}"\s*:\s*'
    r'(?:"(?P<text>\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d[^"\\]{0,30})"|(?P<number>1\d{9}(?:\d{3}|\d{6}|\d{9})?(?:\.\d{1,9})?)\s*[,}])'
)
#: values that can be a time
PLAUSIBLE: Final = r"^\s*[0-9]{10}|[0-9]:[0-9]|[0-9]T[0-9]"
#: Serilog's own keys, where their values are no text
NOT_COMPACT: Final = r'"@(?:t|m|mt|l|x)"\s*:\s*[^"\s]'
