"""The hall desk: the lists staff work from, a case as staff see it, reception, files and fees."""
