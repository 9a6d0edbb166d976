"""The control socket: both ends, and what may be asked. The contract: docs/control-protocol.md."""
