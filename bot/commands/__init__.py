"""The registry of commands, and the parser that reads them as people type them."""
