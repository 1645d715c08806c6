"""Verification statements (検証声明書): issued, received, passed on with the figures they are about, and withdrawn."""
