"""What happens to a page between the wire and the corpus."""
