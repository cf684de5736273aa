"""How good a model is: scores on annotated text, with intervals over articles."""
