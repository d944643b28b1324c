"""The evidence room: paths, compression, blocks of bytes. It does not know what a line means."""

from logcorr.evidence.blocks import Block, blocks_of, head_of, line_starts, text_of
from logcorr.evidence.files import EvidenceFile, in_memory
from logcorr.evidence.gathering import Given, gather

__all__ = ["Block", "EvidenceFile", "Given", "blocks_of", "gather", "head_of", "in_memory", "line_starts", "text_of"]
