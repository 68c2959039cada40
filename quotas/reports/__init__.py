"""Figures derived from the ledger: allowances, usage, the provider's bill, and proof."""
