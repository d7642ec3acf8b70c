"""What rewards promise, without a database: milestones, lotteries, what a reward may be."""
