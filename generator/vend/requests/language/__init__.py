"""The language of requests and settings: fields, rules, schema, snippets."""
