"""The command line's rooms: what a shell asks, how it reaches the data folder, what it prints."""
