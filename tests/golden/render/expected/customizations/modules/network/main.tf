# Called by a customization.
