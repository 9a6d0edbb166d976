"""Random histories of a person, a sound card, a link and a service around the turn machine, which must bear them."""
