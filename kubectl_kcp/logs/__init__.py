"""What controllers' logs tell: one reader of lines, and a small function and table for each question. Pure."""
