"""The report room: wording and layout. It does not know how anything was computed."""
