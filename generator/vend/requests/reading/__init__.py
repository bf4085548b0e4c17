"""Requests and settings read from files, with every problem at its place."""
