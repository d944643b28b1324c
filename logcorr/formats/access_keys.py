"""The keys that access logs in JSON give their values.

The names of nginx's variables, what they are usually called, and the keys of Caddy, Traefik, Envoy, Cloudflare and Elastic's common schema.
"""

from __future__ import annotations

from typing import Final

#: variable -> keys, the surest first; a dot is a step into an object, or part of the key itself
KEYS: Final = {
    "stamp": (
        *("msec", "time_msec", "time_iso8601", "time_local", "time", "@timestamp", "timestamp", "ts", "datetime", "date_time"),
        *("date", "request_time_local", "logged_at", "EdgeEndTimestamp"),
    ),
    "start": ("start_time", "StartUTC", "StartLocal"),
    "request": ("request", "request_line", "req", "http_request"),
    "request_method": (
        *("request_method", "method", "verb", "http_method", "request.method", "http.method", "http.request.method"),
        *("RequestMethod", "req.method", "requestMethod", "httpMethod", "ClientRequestMethod"),
    ),
    "request_uri": (
        *("request_uri", "uri", "request.uri", "RequestPath", "path", "url", "request_path", "request.path", "request.url"),
        *("url.original", "http.url", "http.target", "req.url", "requestUri", "requestUrl", "url.path", "target"),
        *("ClientRequestURI", "message"),
    ),
    "args": ("args", "query_string", "query", "url.query"),
    "status": (
        *("status", "status_code", "response_code", "statusCode", "http_status", "DownstreamStatus", "response.status"),
        *("http.response.status_code", "http.status_code", "http_status_code", "res.statusCode", "response_status"),
        *("EdgeResponseStatus", "response"),
    ),
    "body_bytes_sent": (
        *("body_bytes_sent", "bytes_sent", "bytes", "size", "body_bytes", "response_size", "DownstreamContentSize"),
        *(
            "resp_body_size",
            "response_length",
            "http.response.body.bytes",
            "http.response.bytes",
            "response.bytes",
            "bytesSent",
        ),
        *("responseSize", "response_bytes", "sent_bytes", "body_size", "EdgeResponseBytes"),
    ),
    "request_length": ("request_length", "http.request.bytes", "http.request.size", "request_bytes", "requestSize"),
    "request_time": (
        *("request_time", "reqtime", "request_time_s", "duration_s", "response_time_s", "time_in_sec", "request_duration_s"),
        *("request_time_seconds", "duration_seconds", "rt"),
    ),
    "request_time_ms": (
        *("request_time_ms", "duration_ms", "response_time_ms", "latency_ms", "elapsed_ms", "time_taken_ms", "durationMs"),
        *("responseTimeMs",),
    ),
    "request_time_us": ("request_time_us", "duration_us", "response_time_us", "latency_us", "reqtime_microsec", "time_us"),
    "duration_ns": ("Duration", "duration_ns", "event.duration"),
    "duration": ("duration", "latency", "elapsed", "response_time", "request_duration", "time_taken"),
    "remote_addr": (
        *("remote_addr", "client", "client_ip", "clientip", "remote_ip", "client.ip", "client.address", "remote_address"),
        *("remoteAddress", "remote_host", "source.ip", "source.address", "request.client_ip", "request.remote_ip", "ip"),
        *(
            "request.remote_addr",
            "ClientHost",
            "clientIp",
            "downstream_remote_address",
            "remoteIp",
            "client_address",
            "remote",
            "ClientIP",
        ),
    ),
    "remote_user": ("remote_user", "user", "auth", "ClientUsername", "user.name", "username"),
    "http_referer": (
        *("http_referer", "http_referrer", "referer", "referrer", "request.headers.Referer", "request_Referer"),
        *("http.request.referrer", "headers.referer", "ClientRequestReferer"),
    ),
    "http_user_agent": (
        *("http_user_agent", "user_agent", "agent", "userAgent", "useragent", "ua", "user_agent.original", "http.useragent"),
        *(
            "request.headers.User-Agent",
            "request_User-Agent",
            "headers.user-agent",
            "request.user_agent",
            "ClientRequestUserAgent",
        ),
    ),
    "host": (
        *("host", "http_host", "server_name", "vhost", "site", "authority", "request.host", "RequestHost", "domain"),
        *("virtual_host", "url.domain", "serverName", "ClientRequestHost"),
    ),
    "upstream_addr": ("upstream_addr", "upstream.addr", "upstream_host", "ServiceAddr", "upstream.address", "upstream_address"),
    "upstream_status": ("upstream_status", "upstream.status", "OriginStatus"),
    "upstream_response_time": (
        *("upstream_response_time", "upstream.response_time", "upstream.response", "apptime", "upstream_time", "urt"),
        *("upstream.time",),
    ),
    "upstream_connect_time": ("upstream_connect_time", "upstream.connect_time", "upstream.connect", "uct"),
    "upstream_header_time": ("upstream_header_time", "upstream.header_time", "upstream.header", "uht"),
    "request_id": (
        *("request_id", "req_id", "requestId", "http_x_request_id", "x_request_id", "reqid", "id", "rid"),
        *("request_X-Request-Id", "request.id", "http.request.id", "RayID"),
    ),
    "trace_id": ("trace_id", "traceId", "TraceId", "trace.id", "otel_trace_id", "traceID"),
    "connection": ("connection",),
    "hostname": ("hostname", "host.name", "host_name"),
    # what tells an application's record, and those of servers whose records look like one
    "level": ("level", "severity", "levelname", "lvl", "log.level", "@l", "level_name"),
    "logger": ("logger",),
    "peer": ("remote_addr", "client", "body_bytes_sent", "bytes"),
    "traefik": ("DownstreamStatus", "OriginStatus"),
    "envoy": ("response_flags", "upstream_cluster", "x_envoy_upstream_service_time", "response_code"),
    "nginx": (
        "upstream_addr",
        "body_bytes_sent",
        "upstream_status",
        "http_user_agent",
        "http_referer",
        "upstream.addr",
        "msec",
    ),
}
