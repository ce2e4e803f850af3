"""What is measured for the book: each module makes one record, by ``nox -s figures -- NAME``."""
