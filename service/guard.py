"""Ends what a killed service left: ``python -m service.guard MARK`` waits until its stdin closes, as it does then."""

import sys

from service.processes import end_marked

if __name__ == "__main__":
    sys.stdin.buffer.read()
    end_marked(sys.argv[1].__eq__)
