"""As much of azure-native's SDK as the tests need, which is 350 MB: its type tokens, names and version."""
