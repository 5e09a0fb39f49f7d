"""``python tests/emulator [serve|seed|judge]``: start the emulator, seed it, or judge what it recorded."""

import sys
from pathlib import Path

if not __package__:
    # Started as a directory: make this directory importable as the package it is.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

COMMANDS = ("serve", "seed", "judge")


def main() -> int:
    command, arguments = "serve", sys.argv[1:]
    if arguments and not arguments[0].startswith("-"):
        command, arguments = arguments[0], arguments[1:]
    if command not in COMMANDS:
        print(f"usage: emulator [{'|'.join(COMMANDS)}]", file=sys.stderr)
        return 2
    if command == "serve":
        from emulator import server

        return server.main()
    if command == "seed":
        from emulator import seed

        return seed.main(arguments)
    from emulator import judge

    return judge.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
