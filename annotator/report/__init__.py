"""Results that people look at: one labelled output as a page, two of them compared; a document in memory at a time."""
