"""What is made of what, and what it is called where: parts, bills of materials."""
