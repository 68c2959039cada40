"""One prompt drawn in several tiers, side by side."""
