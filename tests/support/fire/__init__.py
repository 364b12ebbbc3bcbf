"""A whole service on this machine, and the faults it is put under."""
