"""From sound and a model file to a prediction: the one inference path."""
