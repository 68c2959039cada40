"""What can go wrong between a shell and the process that owns the data folder. Imports nothing."""


class OwnerUnreachable(Exception):
    """Nobody answers on the folder's socket; nothing was asked."""


class OwnerGone(Exception):
    """The owner of the folder went away after it was asked: nobody here knows what it still did."""
