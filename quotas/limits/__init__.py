"""The rules that may refuse a request, and the counters that they limit."""
