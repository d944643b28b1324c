"""The formats: one file each; ``table`` lists them."""
