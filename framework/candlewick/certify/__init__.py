"""The certificate: what was trained is what trades. The parts of it are tried on the exported file itself."""
