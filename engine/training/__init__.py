"""Training: one file per trained method; `python -m engine.training resac` writes its weights and card."""
