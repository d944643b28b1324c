"""Orders in memory."""

from collections import defaultdict

_ORDERS: dict[str, list[int]] = defaultdict(list)


def orders_of(user: str) -> list[int]:
    """The numbers of a user's orders."""
    return _ORDERS[user]


def add_order(user: str, article: int) -> int:
    """Keep an order; its number."""
    _ORDERS[user].append(article)
    return len(_ORDERS[user])
