"""What a design is, how readable it is, and what each platform shows of it; pure."""
