"""What is wanted and what exists, looked up before anything is planned."""
