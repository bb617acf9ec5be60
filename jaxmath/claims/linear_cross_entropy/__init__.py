"""What is true of read-out and loss in one."""
