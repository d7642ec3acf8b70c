"""What the till decides without a database: what a picture says, how a name is shown."""
