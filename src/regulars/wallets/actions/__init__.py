"""What happens to passes."""
