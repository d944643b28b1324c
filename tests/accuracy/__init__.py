"""How often logcorr is right, measured on recorded incidents, changed ones, and healthy traffic."""
