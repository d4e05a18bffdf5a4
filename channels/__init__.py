"""How words travel by text message, voice and QR code: one file a provider, and no business words in any."""
