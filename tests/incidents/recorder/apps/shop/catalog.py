"""What the shop sells; held in memory."""

import random
import time

from flask import request


def item(number: int) -> str:
    """One article's page."""
    time.sleep(random.uniform(0.001, 0.01))
    return f"<html><h1>Article {number}</h1>{'<p>fine</p>' * (number * 4)}</html>"


def search() -> str:
    """What fits the words."""
    time.sleep(random.uniform(0.02, 0.25))
    return f"<html><h1>Found for {len(request.args.get('q', ''))} letters</h1></html>"
