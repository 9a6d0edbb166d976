"""A device is set up in a browser, by whoever stands beside it. The contract with its page: docs/setup.md."""
