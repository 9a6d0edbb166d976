"""Pages for a browser: how the device is, and captions. The contract with the pages: docs/web.md."""
