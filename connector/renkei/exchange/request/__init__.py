"""Requests (依頼): asked, answered from our parts and our suppliers' answers, and their box."""
