"""A book becomes an audiobook. The steps: `source`, `plan`, `narrator` (part by part), `chapter`, `whole`."""
