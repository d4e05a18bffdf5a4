"""The look that all pages share: style sheets, the frame of a page, and the parts pages are built of."""

from webui.look.assets import asset_url, routes
from webui.look.frame import environment

__all__ = ["asset_url", "environment", "routes"]
