"""What answers are worth: scores with their interval, their chance level and their inflation.

Pure functions over labels and probabilities, and the report that is made of them. Nothing here knows a data set.
"""
