"""Features: one module each; what stands between the waveform and a model."""
