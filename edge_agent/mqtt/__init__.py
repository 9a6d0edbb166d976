"""An MQTT broker sees and commands the device, and Home Assistant finds it there by itself."""
