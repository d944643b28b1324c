"""The signatures: one file each, and this table of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logcorr.signatures import (
    app_exception_spike,
    fast_5xx_without_app_error,
    reload_failed,
    restart_blip,
    upstream_unreachable,
)

if TYPE_CHECKING:
    from logcorr.signatures.finding import Signature

SIGNATURES: Final[tuple[Signature, ...]] = (
    reload_failed.SIGNATURE,
    upstream_unreachable.SIGNATURE,
    app_exception_spike.SIGNATURE,
    fast_5xx_without_app_error.SIGNATURE,
    restart_blip.SIGNATURE,
)

BY_NAME: Final = {signature.name: signature for signature in SIGNATURES}
