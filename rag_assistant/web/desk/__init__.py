"""The librarian's desk, in Gradio."""
