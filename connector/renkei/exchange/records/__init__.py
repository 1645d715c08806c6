"""What is kept of each process and thing: ``kept`` tells how, the other rooms what."""
