"""The talk's experiments: PROPEL beside its baselines on benchmarks that anybody can rebuild."""
