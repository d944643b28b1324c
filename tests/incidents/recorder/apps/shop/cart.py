"""The cart."""

from flask import Response, g, make_response


def add() -> Response:
    """Put an article into the cart."""
    response = make_response({"user": g.user, "articles": 1})
    response.set_cookie("cart", f"{sum(map(ord, g.user)) % 997}")
    return response
