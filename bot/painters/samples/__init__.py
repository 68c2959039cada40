"""The offline painter, for a bot without a gateway key: it draws scenes from the words of a prompt."""
