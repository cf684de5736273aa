"""Speed and quality against what a user would take instead; each table is measured in one run."""
