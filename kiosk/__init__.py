"""The touch pages in the hall, and the printing of receipts."""
