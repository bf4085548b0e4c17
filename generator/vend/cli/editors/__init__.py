"""What editors need: schema, snippets, completion scripts."""
