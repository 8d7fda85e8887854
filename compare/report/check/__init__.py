"""The card of a user's model: six questions, and their answers in sentences."""
