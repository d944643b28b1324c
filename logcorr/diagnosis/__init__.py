"""The diagnosis room: how findings explain each other. It does not know how any was made."""
