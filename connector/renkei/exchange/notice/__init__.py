"""Notices (通知): signed words between partners about what one has given the other, each under its agreement."""
