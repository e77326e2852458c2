"""One file per question: reads through a Source, hands model objects to the analysis, keeps what failed."""
