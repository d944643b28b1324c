"""The pages of somebody who is logged in."""

from flask import g, request


def dashboard() -> str:
    """The first page after the login."""
    return f"<html><h1>Hello {g.user}</h1></html>"


def me() -> dict[str, object]:
    """Who is logged in."""
    return {"user": g.user}


def photo() -> tuple[str, int]:
    """A new picture of the user."""
    return f"{len(request.get_data())} bytes\n", 201
