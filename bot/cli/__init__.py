"""The command line: its commands, and what they share to ask, to reach the data folder and to print."""
