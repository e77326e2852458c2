"""Tables: what each version does, what stacks mean, what metrics are called. Each row names its source."""
