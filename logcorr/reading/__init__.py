"""From files to facts: which format each file is in, and what its lines say, in columns.

Every line of a file is the first of an event, a continuation of one, blank, or a row of ``unparsed`` with the reason; the sums
are kept for each file. Clocks are still as written; putting them on one time line is the timeline's business.
"""

from logcorr.reading.facts import FileFacts
from logcorr.reading.files import read_files

__all__ = ["FileFacts", "read_files"]
