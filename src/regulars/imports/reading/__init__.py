"""Reading a file of any kind as rows of text, in a process of its own with limits."""
