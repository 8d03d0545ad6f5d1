"""What is kept and how it is read: WARC files, the two tables, and the ``baotinh`` command line."""
