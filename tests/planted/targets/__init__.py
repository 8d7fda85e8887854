"""Defects planted in modes of users' models, and correct models without any."""
