"""`python -m yett`."""

from yett.cli.main import main

if __name__ == "__main__":
    main()
