"""The talk's experiments: PROPEL beside its rivals on benchmarks that anybody can rebuild."""
