"""What must hold whatever fails: a matrix of cases, and random schedules."""
