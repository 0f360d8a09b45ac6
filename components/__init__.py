"""Compositions that people deploy, made of our resources and azure-native's. No HTTP and no waiting in here."""
