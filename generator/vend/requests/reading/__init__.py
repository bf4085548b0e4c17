"""Reading requests and settings from files; problems have positions."""
