"""Training: data, fine-tuning, export and heads (extra `train`). Nothing here is imported to annotate."""
