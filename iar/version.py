"""The version of the software, as seals and results name it."""

VERSION = "0.2.0"
