"""The errors between a shell and the process that owns the data folder. This module imports nothing."""


class OwnerUnreachable(Exception):
    """No process answers on the folder's socket; it got no request."""


class OwnerGone(Exception):
    """The owner of the folder went away after it got a request: nobody here knows what it still did."""
