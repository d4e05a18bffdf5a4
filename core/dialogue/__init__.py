"""One conversation for every channel that speaks in words, written once as screens that a channel only renders."""
