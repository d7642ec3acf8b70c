"""What `./run bench NAME` runs: figures with the limits they are held against, written to docs/reference/performance.md."""
