"""Models to text: tables, JSON, YAML, HTML. Returns strings; opens nothing."""
