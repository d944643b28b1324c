"""Orders in Redis."""

import os

import redis

_CLIENT = redis.Redis(host="127.0.0.1", port=int(os.environ.get("SHOP_REDIS_PORT", "6379")), socket_timeout=2, retry=None)


def orders_of(user: str) -> list[int]:
    """The numbers of a user's orders."""
    return [int(each) for each in _CLIENT.lrange(f"orders:{user}", 0, 19)]


def add_order(user: str, article: int) -> int:
    """Keep an order; its number."""
    return int(_CLIENT.rpush(f"orders:{user}", article))
