"""Language models that help with prompts: the `Writer` port, the gateway's, and an offline sample."""
