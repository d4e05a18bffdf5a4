"""What columns mean, where their name and their table do not say it: Chinese, English."""

LABELS: dict[str, tuple[str, str]] = {}
