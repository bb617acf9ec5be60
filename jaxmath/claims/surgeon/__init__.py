"""What is true of optimal brain surgeon and GPTQ."""
