import gc
import signal
import sys


def main() -> int:
    """As little as possible is imported before an interrupt ends the process quietly."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()  # while modules are imported there is nothing to be collected; it looks again and again
    from .cli import main as command

    signal.signal(signal.SIGINT, signal.default_int_handler)
    return command()


if __name__ == "__main__":
    sys.exit(main())
