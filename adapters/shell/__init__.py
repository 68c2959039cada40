"""The shell as a platform: draws for a command, and serves the control socket."""
