"""What is true: the approval database, the queries, the dialogue and the notices, free of any channel."""
