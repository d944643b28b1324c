"""The evidence room: paths, compression, blocks of bytes. It does not know what a line means."""

from logcorr.evidence.blocks import Block, blocks_of, head_of, line_starts, text_of
from logcorr.evidence.files import EvidenceFile, gather

__all__ = ["Block", "EvidenceFile", "blocks_of", "gather", "head_of", "line_starts", "text_of"]
