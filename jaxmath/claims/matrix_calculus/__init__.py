"""What is true of derivatives with respect to vectors and matrices: the table that everybody looks up."""
