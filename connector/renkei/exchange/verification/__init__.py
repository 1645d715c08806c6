"""Verification statements (検証報告): issued, received, passed on with the figures they are about, and withdrawn."""
