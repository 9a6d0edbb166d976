"""Random histories around the duplex machine, as `tests.fuzzer` has them for the turn machine."""
