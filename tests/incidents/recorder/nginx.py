"""nginx in front: its configuration, with a choice of log formats."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tests.incidents.recorder.isolation import run

FORMATS = {
    "combined": "",
    "timed": """log_format timed '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
	                 '"$http_referer" "$http_user_agent" $request_time $connection';""",
    "upstream": """log_format upstream '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
	                    '"$http_referer" "$http_user_agent" conn=$connection rid=$request_id rt=$request_time '
	                    'uct="$upstream_connect_time" uht="$upstream_header_time" urt="$upstream_response_time" '
	                    'us="$upstream_status" ua="$upstream_addr"';""",
    "json": """log_format json escape=json '{"time":"$time_iso8601","remote_addr":"$remote_addr","request_id":"$request_id",'
		'"method":"$request_method","uri":"$request_uri","status":$status,"body_bytes_sent":$body_bytes_sent,'
		'"request_time":$request_time,"upstream_addr":"$upstream_addr","upstream_status":"$upstream_status",'
		'"upstream_response_time":"$upstream_response_time","referer":"$http_referer","user_agent":"$http_user_agent"}';""",
}

MAIN = """user www-data;
worker_processes {processes};
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
{main}
events {{
	worker_connections {connections};
}}

http {{
	sendfile on;
	include /etc/nginx/mime.types;
	default_type application/octet-stream;

	set_real_ip_from 127.0.0.1;
	real_ip_header X-Forwarded-For;
	{log_format}
	access_log /var/log/nginx/access.log{log_name};
	{http}
	include /etc/nginx/sites-enabled/*;
}}
"""

PROXY = """upstream {app} {{
	server {upstream} fail_timeout=0;
}}

server {{
	listen 80 default_server;
	server_name {host};
	root /srv/{app}/current;
	client_max_body_size 8m;

	location /assets/ {{ expires 1h; }}
	location = /robots.txt {{ return 200 "User-agent: *\\n"; }}
{server}
	location / {{
{location}
		proxy_pass http://{app};
		proxy_http_version 1.1;
		proxy_set_header Host $host;
		proxy_set_header X-Forwarded-For $remote_addr;
		proxy_set_header X-Request-ID $request_id;
	}}
}}
"""

FASTCGI = """server {{
	listen 80 default_server;
	server_name {host};
	root /srv/{app}/current;
	index index.php;
	client_max_body_size 8m;

	location /assets/ {{ expires 1h; }}
	location = /robots.txt {{ return 200 "User-agent: *\\n"; }}
{server}
	location / {{ try_files $uri /index.php$is_args$args; }}

	location ~ \\.php$ {{
{location}
		include fastcgi_params;
		fastcgi_param SCRIPT_FILENAME $document_root/index.php;
		fastcgi_param HTTP_X_REQUEST_ID $request_id;
		fastcgi_pass {upstream};
	}}
}}
"""


@dataclass
class Nginx:
    """What differs between recordings."""

    app: str
    host: str
    upstream: str
    log_format: str = "upstream"
    php: bool = False
    processes: int = 2
    connections: int = 768
    main: str = ""
    http: str = ""
    server: str = ""
    location: str = ""
    site: Path = field(init=False)

    def __post_init__(self) -> None:
        self.site = Path(f"/etc/nginx/sites-available/{self.app}.conf")

    def write(self) -> None:
        """Write the main file and the site."""
        name = "" if self.log_format == "combined" else f" {self.log_format}"
        main = MAIN.format(
            processes=self.processes,
            connections=self.connections,
            main=self.main,
            http=self.http,
            log_format=FORMATS[self.log_format],
            log_name=name,
        )
        Path("/etc/nginx/nginx.conf").write_text(main)
        for enabled in Path("/etc/nginx/sites-enabled").iterdir():
            enabled.unlink()
        fields = {"app": self.app, "host": self.host, "upstream": self.upstream}
        site = (FASTCGI if self.php else PROXY).format(**fields, server=self.server, location=self.location)
        self.site.write_text("\n".join(line for line in site.split("\n") if line.strip() or not line) + "\n")
        Path(f"/etc/nginx/sites-enabled/{self.app}.conf").symlink_to(self.site)

    def start(self) -> None:
        """Write the configuration and start the daemon."""
        self.write()
        run("/usr/sbin/nginx")

    def reload(self) -> str:
        """What Debian's unit does for a reload: test, then signal; what was said."""
        return run("/usr/sbin/nginx", "-t") + run("/usr/sbin/nginx", "-s", "reload")
