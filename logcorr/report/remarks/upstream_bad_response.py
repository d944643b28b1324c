"""In words: ``upstream_bad_response``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, word

_MEANINGS = {
    "header_too_big": "The header of the answer is larger than the buffer that nginx has for it: a cookie or a header grew.",
    "not_fastcgi": "What is behind fastcgi_pass speaks no FastCGI.",
    "not_http": "What is behind proxy_pass sent no HTTP header.",
    "no_tls": "nginx was told to speak TLS with it, and it speaks none, or none that both know.",
    "header_invalid": "A header of the answer breaks the rules of HTTP.",
}


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    said = [_MEANINGS[word(facts, "reason")]] if word(facts, "reason") in _MEANINGS else []
    if not count(facts, "requests"):
        said.append("nginx passed it on all the same: no request counts as failed.")
    return said
