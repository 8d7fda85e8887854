"""What is said of each lesson, one module each, beside neither of its programs."""
