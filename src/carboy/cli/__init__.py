"""Commands that are there before an application is, so that they can say why it cannot be made."""
