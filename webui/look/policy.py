"""What a page may load and talk to: the content security policies of all surfaces."""

from __future__ import annotations

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# For the few pages that can't do without scripts: only our own, and talking to us alone.
SCRIPTED_POLICY = f"{CONTENT_POLICY}; script-src 'self'; connect-src 'self'"
# For the page on which prompts of the voice line are listened to.
HEARD_POLICY = f"{SCRIPTED_POLICY}; media-src 'self'"
