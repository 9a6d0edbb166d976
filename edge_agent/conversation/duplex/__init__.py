"""The second, smaller machine: for a model that decides by itself when to speak. There are no turns at the service;
what is shown as one is made here, from what is heard and played. Pure."""
