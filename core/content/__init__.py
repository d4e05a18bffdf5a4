"""What the centre publishes and its editors look after: items, forms, notices, the calendar, words for the search."""
