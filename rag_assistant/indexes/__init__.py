"""What is searched: a lexical and a vector index that follow the docstore's change log."""
