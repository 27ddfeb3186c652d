"""One audit rule per file; each has a page of the same name in docs/reference/rules, which is executed as its test."""
