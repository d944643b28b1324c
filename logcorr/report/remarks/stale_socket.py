"""In words: ``stale_socket``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, word
from logcorr.report.visible import visible
from logcorr.report.words import amount, plural


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    said = {
        "refused": "the service refused to take it up",
        "reload_failed": "its reload failed",
        "old_workers": f"{amount(count(facts, 'old_workers'))} of {plural(count(facts, 'workers'), 'worker')} are older, too",
        "old_release": f"release {visible(word(facts, 'release_served'))} goes on to answer",
        "started_anew": "the unit was started anew later than the file, which somebody else must hold",
        "two_listeners": f"{plural(count(facts, 'listeners'), 'socket')} listen under this path",
        "unlinked": "somebody listens, but the file is gone",
        "replaced": "the listener was bound to another file than the one that lies there",
        "outside_unit": f"process {visible(str(facts.get('owner_pid')))}, which listens, is none of the unit's",
    }
    shown = [said[each] for each in word(facts, "shown_by").split(", ") if each in said]
    return [f"The age alone proves nothing, for a good reload keeps the file. But {' and '.join(shown)}."] if shown else []
