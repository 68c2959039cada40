"""Reports: allowances, usage, the comparison with the provider's bill, and the ledger's verification."""
