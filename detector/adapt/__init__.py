"""Adapting a model to a site with a few labelled pages: a small profile that stands beside the model."""
