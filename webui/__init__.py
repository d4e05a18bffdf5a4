"""The wing of web pages: what citizens, staff and programs reach through a browser or by HTTP."""
