"""Transfer processes: started, watched over while they run, suspended and ended."""
