"""The Control Tower API: landing zone, baselines, controls."""
