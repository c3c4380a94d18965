"""Architectures: one module each, and the export that turns any of them into one ONNX file."""
