"""`python -m parallax` is `parallax`."""

from parallax.cli import main

if __name__ == "__main__":  # a worker process of `serve` imports this file under another name
    main()
