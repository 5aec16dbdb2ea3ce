"""Walks: what a person does, in the words that stand on the pages (docs/walks). `script` reads them, `walker` follows
them in a browser, `layout` looks at each page on the way. tests/browser/test_walks.py runs them."""
