"""Gather: readers that turn the outside (git, files, the environment) into plain values."""
