"""Requests written from AFT repositories, tables and organizations."""
