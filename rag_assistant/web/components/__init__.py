"""What is shown on several pages, as HTML. Pure: data in, markup out."""
