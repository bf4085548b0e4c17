"""`vend sandbox`: the emulated AWS as processes, its faults and exports."""
