"""Apple's passes: their content, their signature, the certificate that signs."""
