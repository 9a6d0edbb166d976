"""The tools that come with the device, a file each."""
