"""The operator's settings, and the rules that check them."""
