"""The only door to a simulator or a device."""
