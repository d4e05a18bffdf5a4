"""The pages for citizens, a file a story."""
