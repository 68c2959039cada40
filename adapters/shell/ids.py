"""The shell's name as a platform. Light: the command line needs it before it needs requests."""

PLATFORM = "shell"
