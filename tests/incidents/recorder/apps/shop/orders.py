"""Orders."""

import store
from flask import g


def listing() -> dict[str, object]:
    """The orders of the user, the newest first."""
    return {"orders": store.orders_of(g.user)}


def create() -> tuple[dict[str, object], int]:
    """A new order."""
    return {"id": store.add_order(g.user, 1)}, 201
