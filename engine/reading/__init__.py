"""Files of other people's making: parsed in a process of their own, described by their metadata, read by the box."""
