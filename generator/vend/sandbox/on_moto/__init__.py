"""What moto answers, and what it lacks."""
