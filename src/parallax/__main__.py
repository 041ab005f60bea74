"""`python -m parallax` is `parallax`."""

from parallax.cli import main

main()
